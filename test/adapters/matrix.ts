import http from "node:http";
import { isHealthError, type Health, type HealthOptions, type MountOptions } from "probekit";
import { describe, expect, it } from "vitest";
import { hung, scripted, testHealth } from "../support/scripted.js";
import { overHttp, overSocket, type Answer } from "./client.js";
import { open, type Driver, type Setting, type Site } from "./driver.js";

/** One fact that holds on every framework. */
interface Case {
  readonly name: string;
  readonly run: (driver: Driver) => Promise<void>;
}

const allow = "GET, HEAD, OPTIONS";

const healthWith = (checks: Readonly<Record<string, boolean>> = {}, options?: HealthOptions): Health => {
  const { health } = testHealth(options);
  for (const [name, outcome] of Object.entries(checks)) health.register(name, () => outcome);
  return health;
};

const one = (driver: Driver, health: Health, options: MountOptions<unknown> = {}, more: Partial<Setting> = {}): Promise<Site> =>
  open(driver, { mounts: [{ health, options }], ...more });

const json = (answer: Answer): Record<string, unknown> => JSON.parse(answer.body) as Record<string, unknown>;

const isOurs = (answer: Answer): void => {
  expect(answer.headers["cache-control"]).toBe("no-store, no-transform");
  expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  expect(answer.headers["content-type"]).toMatch(/^(application\/(health\+)?json|text\/plain; charset=utf-8)/);
  for (const name of ["etag", "set-cookie", "transfer-encoding", "location", "content-encoding", "access-control-allow-origin"]) {
    expect(answer.headers).not.toHaveProperty(name);
  }
};

const isWhole = (answer: Answer): void => {
  isOurs(answer);
  expect(answer.headers["content-length"]).toBe(String(Buffer.byteLength(answer.body)));
};

const isNext = (answer: Answer, method: string, path: string): void => {
  expect(answer.body.trimEnd()).toBe(`next ${method} ${path}`);
  expect(answer.status).toBe(404);
};

/** Those of an answer's headers that do not change with the moment. */
const lasting = ({ headers }: Answer): Record<string, unknown> => {
  const { date: _date, connection: _connection, "keep-alive": _keepAlive, ...others } = headers;
  return others;
};

const surface: Case[] = [
  {
    name: "answers GET with the core's status, headers and body",
    run: async (driver) => {
      const answer = await (await one(driver, healthWith({ database: true }, { service: "orders", version: "2.1.0" }))).send("/health/ready");
      isWhole(answer);
      expect(answer.status).toBe(200);
      expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
      expect(answer.headers["vary"]).toBe("accept");
      const { uptime, ...others } = json(answer);
      expect(uptime).toBeTypeOf("number");
      expect(others).toStrictEqual({
        status: "healthy",
        probe: "ready",
        timestamp: "2026-11-24T10:00:00.000Z",
        service: "orders",
        version: "2.1.0",
        lifecycle: "running",
        causes: [],
        checks: { database: { status: "ok", latencyMs: 0, checkedAt: "2026-11-24T10:00:00.000Z" } },
      });
      expect(answer.body.startsWith('{"status":"healthy"')).toBe(true);
    },
  },
  {
    name: "answers 503 while a critical check fails, and live stays 200",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: false }));
      const ready = await site.send("/health/ready");
      isWhole(ready);
      expect(ready.status).toBe(503);
      expect(json(ready)).toMatchObject({ status: "unhealthy", causes: ["database"] });
      const live = await site.send("/health/live");
      isWhole(live);
      expect(live.status).toBe(200);
      expect(json(live)).toMatchObject({ status: "healthy", probe: "live", checks: {} });
    },
  },
  {
    name: "answers 200 degraded while only a non-critical check fails",
    run: async (driver) => {
      const health = healthWith();
      health.register("payments", () => false, { critical: false });
      const answer = await (await one(driver, health)).send("/health/ready");
      expect(answer.status).toBe(200);
      expect(json(answer)).toMatchObject({ status: "degraded", causes: ["payments"] });
    },
  },
  {
    name: "answers 200 without any check",
    run: async (driver) => {
      const site = await one(driver, healthWith());
      for (const path of ["/health", "/health/live", "/health/ready", "/health/startup"]) {
        const answer = await site.send(path);
        expect([path, answer.status, json(answer)["status"]]).toStrictEqual([path, 200, "healthy"]);
      }
    },
  },
  {
    name: "shows every check below /health, with ready's status and no probe",
    run: async (driver) => {
      const health = healthWith({ database: true });
      health.register("disk", () => false, { probes: [] });
      health.register("loop", () => true, { probes: ["live"] });
      const answer = await (await one(driver, health)).send("/health");
      isWhole(answer);
      expect(answer.status).toBe(200);
      expect(Object.keys(json(answer)["checks"] as object)).toStrictEqual(["database", "disk", "loop"]);
      expect(json(answer)).not.toHaveProperty("probe");
    },
  },
  {
    name: "answers for startup until it has passed, and 503 on ready",
    run: async (driver) => {
      const { health } = testHealth({ errorCacheMs: 0 });
      let warm = false;
      health.register("warm", () => warm, { probes: ["startup"] });
      const site = await one(driver, health);
      expect((await site.send("/health/startup")).status).toBe(503);
      expect(json(await site.send("/health/ready"))).toMatchObject({ status: "unhealthy", lifecycle: "starting" });
      warm = true;
      expect((await site.send("/health/startup")).status).toBe(200);
      expect((await site.send("/health/ready")).status).toBe(200);
    },
  },
  {
    name: "answers for one check alone, and 404 for a name that the probe does not hold",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true, redis: false }));
      const statuses = await Promise.all(
        ["ready/database", "ready/redis", "ready/redis/", "ready/nobody", "live/database", "ready/%64atabase"].map(async (path) => {
          const answer = await site.send(`/health/${path}`);
          isWhole(answer);
          return answer.status;
        }),
      );
      expect(statuses).toStrictEqual([200, 503, 503, 404, 404, 200]);
      expect(json(await site.send("/health/ready/nobody"))).toStrictEqual({ error: "no such check" });
    },
  },
  {
    name: "leaves out what exclude names",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true, redis: false, queue: false }));
      expect((await site.send("/health/ready?exclude=redis")).status).toBe(503);
      const answer = await site.send("/health/ready?exclude=redis&exclude=queue&exclude=nobody");
      expect(answer.status).toBe(200);
      expect(json(answer)).toMatchObject({ status: "healthy", checks: { redis: { status: "skipped", reason: "excluded" } } });
    },
  },
  {
    name: "answers HEAD with GET's status and headers, and no body",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true, redis: false }));
      for (const path of ["/health", "/health/live", "/health/ready/nobody", "/health/ready/database"]) {
        const [got, head] = [await site.send(path), await site.send(path, { method: "HEAD" })];
        expect(head.body).toBe("");
        expect(head.status).toBe(got.status);
        expect(Number(head.headers["content-length"])).toBeGreaterThan(10);
        const { "content-length": _length, ...others } = lasting(got);
        expect(lasting(head)).toMatchObject(others);
      }
    },
  },
  {
    name: "answers OPTIONS with GET's status, headers and body, and Allow",
    run: async (driver) => {
      for (const healthy of [true, false]) {
        const site = await one(driver, healthWith({ database: healthy }));
        const [got, options] = [await site.send("/health/ready"), await site.send("/health/ready", { method: "OPTIONS" })];
        isWhole(options);
        expect(options.status).toBe(healthy ? 200 : 503);
        expect(options.headers["allow"]).toBe(allow);
        expect(json(options)).toStrictEqual({ ...json(got), uptime: json(options)["uptime"] });
        const { "content-length": _length, ...others } = lasting(got);
        expect(lasting(options)).toMatchObject(others);
      }
    },
  },
  {
    name: "leaves a CORS preflight to the next handler",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }));
      const headers = { origin: "https://status.example", "access-control-request-method": "GET" };
      isNext(await site.send("/health/ready", { method: "OPTIONS", headers }), "OPTIONS", "/health/ready");
    },
  },
  {
    name: "refuses other methods with 405 and Allow, whatever their body, and runs no check",
    run: async (driver) => {
      const { check, runs } = hung();
      const { health } = testHealth();
      health.register("database", check);
      const site = await one(driver, health);
      for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
        for (const [type, body] of [["application/json", '{"a":1}'], ["application/json", '{"a":'], ["application/x-none", "?"], ["?", "?"]]) {
          const answer = await site.send("/health/ready", { method, headers: { "content-type": type! }, body: body! });
          isWhole(answer);
          expect([method, type, answer.status, answer.headers["allow"]]).toStrictEqual([method, type, 405, allow]);
        }
      }
      expect((await site.send("/health/", { method: "POST" })).status).toBe(405);
      expect(runs).toStrictEqual([]);
      expect(site.errors).toStrictEqual([]);
    },
  },
  {
    name: "refuses a POST that a body parser before it has read",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }), {}, { bodies: "before" });
      const answer = await site.send("/health/ready", { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' });
      isWhole(answer);
      expect(answer.status).toBe(405);
    },
  },
  {
    name: "leaves bodies to a parser behind it",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }), {}, { bodies: "after" });
      const sent = { method: "POST", headers: { "content-type": "application/json" }, body: '{"a":1}' };
      expect((await site.send("/echo", sent)).body).toBe('next POST /echo {"a":1}');
      expect((await site.send("/health", sent)).status).toBe(405);
    },
  },
  {
    name: "claims nothing beside or below its paths",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }));
      const paths = ["/", "/healthz", "/healthy", "/health/x", "/health/readyz", "/health/ready/database/x", "/HEALTH", "/Health/ready"];
      for (const path of [...paths, "/api/health", "/api/health/ready", "/hea%6Cth", "/health%2Fready", "/health/x?exclude=a"]) {
        isNext(await site.send(path), "GET", path);
      }
      isNext(await site.send("/health/x", { method: "DELETE" }), "DELETE", "/health/x");
      isNext(await site.send("/healthz", { method: "OPTIONS" }), "OPTIONS", "/healthz");
    },
  },
  {
    name: "takes one trailing slash, and redirects nobody",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }));
      for (const path of ["/health/", "/health/live/", "/health/ready/", "/health/startup/", "/health/ready/database/", "/health/ready/?x=1"]) {
        const answer = await site.send(path);
        isWhole(answer);
        expect([path, answer.status]).toStrictEqual([path, 200]);
        expect((await site.send(path, { method: "POST" })).status).toBe(405);
      }
    },
  },
  {
    name: "takes any query",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: false }));
      for (const query of ["x=1", "", "a=/health/live", "exclude=%zz&exclude", `x=${"y".repeat(12_000)}`, "exclude=a&".repeat(1200)]) {
        const answer = await site.send(`/health/ready?${query}`);
        isWhole(answer);
        expect(answer.status).toBe(503);
      }
    },
  },
  {
    name: "answers a malformed percent-encoding without an error",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }));
      for (const path of ["/health/ready/%zz", "/health/ready/%", "/health/ready/%c3%28"]) {
        expect([path, (await site.send(path)).status]).toStrictEqual([path, driver.malformedPath]);
      }
      expect(site.errors).toStrictEqual([]);
    },
  },
  {
    name: "answers in full whatever a cache asks",
    run: async (driver) => {
      for (const healthy of [true, false]) {
        const site = await one(driver, healthWith({ database: healthy }));
        const headers = { "if-none-match": "*", "if-modified-since": "Wed, 21 Oct 2099 07:28:00 GMT", "cache-control": "max-age=600" };
        const answer = await site.send("/health/ready", { headers });
        isWhole(answer);
        expect(answer.status).toBe(healthy ? 200 : 503);
        expect(answer.body).toContain('"database"');
      }
    },
  },
  {
    name: "answers a spoofed kube-probe as anybody",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }));
      const plain = await site.send("/health/ready");
      const spoofed = await site.send("/health/ready", { headers: { "user-agent": "kube-probe/1.36" } });
      expect(spoofed.status).toBe(200);
      expect({ ...json(spoofed), uptime: 0 }).toStrictEqual({ ...json(plain), uptime: 0 });
    },
  },
  {
    name: "lets Accept choose the format, and answers JSON to what names none",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true, redis: false }));
      const typed = async (accept: string): Promise<unknown> => {
        const answer = await site.send("/health/ready", { headers: { accept } });
        isWhole(answer);
        return [answer.status, answer.headers["content-type"], answer.body.slice(0, 16)];
      };
      expect(await typed("application/health+json")).toStrictEqual([503, "application/health+json", '{"status":"fail"']);
      expect(await typed("text/plain")).toStrictEqual([503, "text/plain; charset=utf-8", "unhealthy\n[+]dat"]);
      for (const accept of ["*/*", "text/plain, text/*, */*", "image/png", "application/json"]) {
        expect(await typed(accept)).toStrictEqual([503, "application/json; charset=utf-8", '{"status":"unhea']);
      }
    },
  },
  {
    name: "keeps a report of twenty checks under 3 KiB",
    run: async (driver) => {
      const checks = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`dependency-${index}`, true]));
      const { body } = await (await one(driver, healthWith(checks))).send("/health/ready");
      expect(Buffer.byteLength(body)).toBeLessThan(3072);
    },
  },
];

const options: Case[] = [
  {
    name: "gives details the framework's own request",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }), {
        details: (request) => (driver.token(request) === "secret" ? "full" : "none"),
      });
      const [stranger, friend] = [await site.send("/health/ready"), await site.send("/health/ready", { headers: { "x-token": "secret" } })];
      expect(stranger.body).toBe('{"status":"healthy"}');
      expect(json(friend)).toMatchObject({ checks: { database: { critical: true, successes: 1 } } });
      expect((await site.send("/health/ready/database")).status).toBe(404);
      expect((await site.send("/health/ready/database", { headers: { "x-token": "secret" } })).status).toBe(200);
      isWhole(stranger);
      isWhole(friend);
    },
  },
  {
    name: "shows nothing when details throws",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: false }), {
        details: () => {
          throw new Error("no session");
        },
      });
      const answer = await site.send("/health/ready");
      expect([answer.status, answer.body]).toStrictEqual([503, '{"status":"unhealthy"}']);
      expect(site.errors).toStrictEqual([]);
    },
  },
  {
    name: "mounts one health several times, each with its own options",
    run: async (driver) => {
      const health = healthWith({ database: true });
      const site = await open(driver, {
        mounts: [
          { health, options: { details: "none" } },
          { health, options: { path: "/internal/health", details: "full" } },
          { health: healthWith({ other: false }), options: { path: "/other", format: "text" } },
        ],
      });
      expect((await site.send("/health/ready")).body).toBe('{"status":"healthy"}');
      expect(json(await site.send("/internal/health/ready"))).toMatchObject({ checks: { database: { critical: true } } });
      expect((await site.send("/other/ready")).body).toContain("[-]other failed");
      isNext(await site.send("/nowhere"), "GET", "/nowhere");
    },
  },
  {
    name: "gives each probe its own path",
    run: async (driver) => {
      const paths = { live: "/livez", ready: "/readyz" };
      const site = await one(driver, healthWith({ database: false }), { path: "/status", paths });
      const statuses = await Promise.all(["/livez", "/readyz", "/readyz/", "/readyz/database", "/status", "/status/startup"].map(
        async (path) => (await site.send(path)).status,
      ));
      expect(statuses).toStrictEqual([200, 503, 503, 503, 503, 200]);
      isNext(await site.send("/status/ready"), "GET", "/status/ready");
    },
  },
  {
    name: "stands at the root, and leaves the rest alone",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }), { path: "/" });
      for (const path of ["/", "/?x=1", "/live", "/ready/", "/ready/database"]) {
        const answer = await site.send(path);
        isWhole(answer);
        expect([path, answer.status]).toStrictEqual([path, 200]);
      }
      isNext(await site.send("/orders"), "GET", "/orders");
    },
  },
  {
    name: "takes a path with a trailing slash, a colon or a plus",
    run: async (driver) => {
      for (const path of ["/health/", "/a:b/health", "/health+1"]) {
        const site = await one(driver, healthWith({ database: true }), { path });
        expect((await site.send(path)).status).toBe(200);
        expect((await site.send(`${path.replace(/\/$/, "")}/ready/database`)).status).toBe(200);
      }
    },
  },
  {
    name: "takes the mount's status codes and Envoy's headers",
    run: async (driver) => {
      const health = healthWith();
      health.register("payments", () => false, { critical: false });
      const site = await one(driver, health, { statusCodes: { degraded: 429 }, envoy: true });
      const answer = await site.send("/health/ready");
      isWhole(answer);
      expect([answer.status, answer.headers["x-envoy-degraded"]]).toStrictEqual([429, "true"]);
    },
  },
  {
    name: "throws at mount for a wrong option and a missing health",
    run: async (driver) => {
      const wrong = async (setting: Setting): Promise<unknown> => open(driver, setting).catch((error: unknown) => error);
      const health = healthWith();
      const path = await wrong({ mounts: [{ health, options: { path: "health" } }] });
      expect(isHealthError(path) && path.code).toBe("invalid-option");
      expect(String(path)).toContain('got "health"');
      const missing = await wrong({ mounts: [{ health: undefined as unknown as Health }] });
      expect(isHealthError(missing) && missing.code).toBe("invalid-health");
    },
  },
];

const surroundings: Case[] = [
  {
    name: "stays behind a guard that stands before it",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }), {}, { guard: "before" });
      for (const method of ["GET", "OPTIONS"]) {
        const refused = await site.send("/health/ready", { method });
        expect([refused.status, refused.body]).toStrictEqual([401, "who are you?"]);
      }
      expect((await site.send("/health/ready", { headers: { authorization: "me" } })).status).toBe(200);
    },
  },
  {
    name: "answers before a guard that stands behind it",
    run: async (driver) => {
      const site = await one(driver, healthWith({ database: true }), {}, { guard: "after" });
      expect((await site.send("/health/ready")).status).toBe(200);
      expect((await site.send("/orders")).status).toBe(401);
    },
  },
  {
    name: "calls no error handler, whatever a check throws",
    run: async (driver) => {
      for (const error of [{ status: 404 }, { statusCode: 429 }, Object.assign(new Error("gone"), { code: "ENOENT" }), "text", undefined]) {
        const health = healthWith();
        health.register("sync", () => {
          throw error;
        });
        health.register("async", () => Promise.reject(error as Error));
        const site = await one(driver, health);
        const answer = await site.send("/health/ready");
        isWhole(answer);
        expect([answer.status, json(answer)["causes"], site.errors]).toStrictEqual([503, ["sync", "async"], []]);
      }
    },
  },
  {
    name: "answers for a check that never settles within the deadline",
    run: async (driver) => {
      const { health, clock } = testHealth();
      const { check, runs } = hung();
      const site = await one(driver, health);
      const began = new Promise<void>((resolve) => {
        health.register("hung", (context) => {
          resolve();
          return check(context);
        });
      });
      const pending = site.send("/health/ready");
      await began;
      await clock.advance(750);
      const answer = await pending;
      isWhole(answer);
      expect([answer.status, runs.length]).toStrictEqual([503, 1]);
      expect(json(answer)).toMatchObject({ checks: { hung: { reason: "timeout" } } });
    },
  },
  {
    name: "shares one run among many requests",
    run: async (driver) => {
      const { health } = testHealth();
      const { check, runs, settle } = scripted();
      const started = new Promise<void>((resolve) => {
        health.register("database", (context) => {
          resolve();
          return check(context);
        });
      });
      const site = await one(driver, health);
      const sent = Array.from({ length: 50 }, () => site.send("/health/ready"));
      await started;
      settle(true);
      const answers = await Promise.all(sent);
      expect(new Set(answers.map(({ status }) => status))).toStrictEqual(new Set([200]));
      answers.forEach(isWhole);
      expect(runs.length).toBe(1);
    },
  },
  {
    name: "stays silent when another middleware has answered first",
    run: async (driver) => {
      const { health } = testHealth();
      const { check, settle } = scripted();
      health.register("database", check);
      const site = await one(driver, health);
      const waiting = new Promise<void>((resolve) => (site.waiting = resolve));
      const sent = site.send("/health/ready", { headers: { "x-timeout": "1" } });
      await waiting;
      for (const timeOut of site.timeOuts) timeOut();
      const answer = await sent;
      expect([answer.status, answer.body]).toStrictEqual([504, "timed out"]);
      settle(true);
      expect((await site.send("/health/ready")).status).toBe(200);
      expect(site.errors).toStrictEqual([]);
    },
  },
  {
    name: "while draining answers 503 on ready and 200 on live, and lets connections go",
    run: async (driver) => {
      const health = healthWith({ database: true });
      const site = await one(driver, health, { envoy: true });
      const warnings: Error[] = [];
      const warn = (warning: Error): number => warnings.push(warning);
      process.on("warning", warn);
      await site.send("/health/ready");
      health.drain();
      for (const [path, method, status] of [["ready", "GET", 503], ["ready", "OPTIONS", 503], ["ready", "HEAD", 503], ["live", "GET", 200], ["ready", "POST", 405], ["ready/nobody", "GET", 404]] as const) {
        const answer = await site.send(`/health/${path}`, { method });
        expect([path, method, answer.status]).toStrictEqual([path, method, status]);
        expect(answer.headers["connection"]).toBe(driver.protocol === "HTTP/2" ? undefined : "close");
      }
      await new Promise((resolve) => setImmediate(resolve));
      process.off("warning", warn);
      expect(warnings).toStrictEqual([]);
      expect((await site.send("/health/ready")).headers["x-envoy-immediate-health-check-fail"]).toBe("true");
      isNext(await site.send("/orders"), "GET", "/orders");
    },
  },
];

/** What only a socket of one's own can show. */
const sockets: Case[] = [
  {
    name: "answers GET and OPTIONS of HTTP/1.0 without a Host, in one piece",
    run: async (driver) => {
      for (const [healthy, line] of [[true, "HTTP/1.1 200 OK"], [false, "HTTP/1.1 503 Service Unavailable"]] as const) {
        const { port } = await one(driver, healthWith({ database: healthy }));
        for (const method of ["GET", "OPTIONS"]) {
          const pieces = await overSocket(port, `${method} /health/ready HTTP/1.0\r\n\r\n`);
          expect(pieces).toHaveLength(1);
          const [head = "", body = ""] = pieces.join("").split("\r\n\r\n");
          expect(head.split("\r\n")[0]).toBe(line);
          expect(head.toLowerCase()).toContain(`\r\ncontent-length: ${Buffer.byteLength(body)}`);
          expect(head.toLowerCase().includes("\r\nallow: get, head, options")).toBe(method === "OPTIONS");
          expect(JSON.parse(body)).toMatchObject({ status: healthy ? "healthy" : "unhealthy" });
        }
      }
    },
  },
  {
    name: "answers an absolute request target",
    run: async (driver) => {
      const { port } = await one(driver, healthWith({ database: true }));
      const pieces = await overSocket(port, "GET http://orders.example/health/ready?x=1 HTTP/1.1\r\nHost: orders.example\r\nConnection: close\r\n\r\n");
      expect(pieces.join("")).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    },
  },
  {
    name: "sends nothing after the headers of a HEAD",
    run: async (driver) => {
      const { port } = await one(driver, healthWith({ database: true }));
      const text = (await overSocket(port, "HEAD /health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")).join("");
      expect(text.endsWith("\r\n\r\n")).toBe(true);
      expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(text.toLowerCase()).toMatch(/\r\ncontent-length: [1-9]\d+\r\n/);
    },
  },
  {
    name: "keeps a connection usable after a refused body",
    run: async (driver) => {
      const { port } = await one(driver, healthWith({ database: true }));
      const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
      const refused = await overHttp(port, "/health", { method: "POST", headers: { "content-type": "application/json" }, body: `"${"x".repeat(60_000)}"` }, agent);
      const answers = [refused, await overHttp(port, "/health/ready", {}, agent), await overHttp(port, "/health/ready", { method: "HEAD" }, agent), await overHttp(port, "/health/ready", {}, agent)];
      agent.destroy();
      expect(answers.map(({ status }) => status)).toStrictEqual([405, 200, 200, 200]);
    },
  },
  {
    name: "answers pipelined requests in order",
    run: async (driver) => {
      const { port } = await one(driver, healthWith({ database: true }));
      const line = (path: string, more = "") => `GET ${path} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
      const text = (await overSocket(port, line("/health/live") + line("/health/ready") + line("/health/startup", "Connection: close\r\n"))).join("");
      expect([...text.matchAll(/"probe":"(\w+)"/g)].map(([, probe]) => probe)).toStrictEqual(["live", "ready", "startup"]);
    },
  },
  {
    name: "takes no harm from a client that goes away, and counts no failure",
    run: async (driver) => {
      const { health, log } = testHealth();
      const { check, settle, runs } = scripted();
      const started = new Promise<void>((resolve) => {
        health.register("database", (context) => {
          resolve();
          return check(context);
        });
      });
      const site = await one(driver, health);
      const request = http.get({ host: "127.0.0.1", port: site.port, path: "/health/ready", agent: false });
      const gone = new Promise((resolve) => request.on("close", resolve));
      request.on("error", () => {});
      await started;
      request.destroy();
      await gone;
      settle(true);
      const answer = await site.send("/health/ready");
      expect([answer.status, runs.length, runs[0]?.signal.aborted]).toStrictEqual([200, 1, false]);
      expect(log.filter(({ level }) => level !== "debug")).toStrictEqual([]);
      expect(site.errors).toStrictEqual([]);
    },
  },
];

/** What frameworks with a response object of Node's add. */
const nodes: Case[] = [
  {
    name: "leaves headers in place that were set before it",
    run: async (driver) => {
      const answer = await (await one(driver, healthWith({ database: true }))).send("/health/ready");
      expect(answer.headers["x-app"]).toBe("early");
      isWhole(answer);
    },
  },
];

/** What frameworks with routers add. */
const routers: Case[] = [
  {
    name: "is relative to a router's prefix",
    run: async (driver) => {
      const site = await open(driver, { mounts: [{ health: healthWith({ database: true, redis: false }), at: "/api" }] });
      for (const [path, status] of [["", 503], ["/", 503], ["/live", 200], ["/ready/", 503], ["/ready/database", 200], ["/ready?exclude=redis", 200]]) {
        const answer = await site.send(`/api/health${path}`);
        isWhole(answer);
        expect([path, answer.status]).toStrictEqual([path, status]);
      }
      expect((await site.send("/api/health/ready", { method: "PUT" })).status).toBe(405);
      for (const path of ["/health", "/api", "/api/healthz", "/api/api/health"]) isNext(await site.send(path), "GET", path);
    },
  },
  {
    name: "counts a mount point that ends in its path as the path",
    run: async (driver) => {
      for (const at of ["/health", "/api/health"]) {
        const site = await open(driver, { mounts: [{ health: healthWith({ database: true, redis: false }), at, options: { paths: { live: "/livez" } } }] });
        for (const [path, status] of [["", 503], ["/", 503], ["?exclude=redis", 200], ["/?exclude=redis", 200], ["/livez", 200], ["/ready/", 503], ["/ready/database", 200]]) {
          const answer = await site.send(`${at}${path}`);
          isWhole(answer);
          expect([path, answer.status]).toStrictEqual([path, status]);
        }
        for (const path of [`${at}z`, `${at}/health`, `${at}/live`, "/"]) isNext(await site.send(path), "GET", path);
        isNext(await site.send(at, { method: "OPTIONS", headers: { "access-control-request-method": "GET" } }), "OPTIONS", at);
      }
    },
  },
  {
    name: "stands at several mount points at once",
    run: async (driver) => {
      const health = healthWith({ database: true });
      const site = await open(driver, {
        mounts: [
          { health, at: "/internal/health", options: { details: "full" } },
          { health, at: "/public", options: { details: "none" } },
          { health, options: { path: "/internal/health/again", details: "none" } },
        ],
      });
      expect((await site.send("/internal/health/ready")).body).toContain('"critical":true');
      expect((await site.send("/public/health/ready")).body).toBe('{"status":"healthy"}');
      expect((await site.send("/internal/health/again/ready")).body).toBe('{"status":"healthy"}');
    },
  },
];

const every = (name: string, driver: Driver, cases: readonly Case[]): void => {
  describe(`${driver.name} ${name}`, () => {
    for (const { name: fact, run } of cases) it(fact, () => run(driver));
  });
};

/** Runs every case that applies to a framework. */
export const runMatrix = (driver: Driver, { node, router }: { readonly node: boolean; readonly router: boolean }): void => {
  every("over its surface", driver, surface);
  every("with its options", driver, options);
  every("in its surroundings", driver, surroundings);
  if (driver.protocol === "HTTP/1") every("on the wire", driver, sockets);
  if (node) every("among middleware", driver, nodes);
  if (router) every("under a router", driver, routers);
};
