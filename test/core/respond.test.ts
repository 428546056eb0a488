import { createHandler, createHealth, isHealthError, type HealthResponse, type MountOptions } from "probekit";
import { describe, expect, it } from "vitest";
import { growth } from "../support/growth.js";
import { hung, scripted, testHealth } from "../support/scripted.js";

const mounted = (options?: MountOptions, healthOptions = {}) => {
  const tested = testHealth({ service: "orders", version: "2.1.0", ...healthOptions });
  const handle = createHandler(tested.health, options);
  const ask = async (url: string, headers: Record<string, string> = {}, method = "GET"): Promise<HealthResponse | undefined> =>
    handle({ method, url, headers });
  const json = async (url: string, headers?: Record<string, string>) => JSON.parse((await ask(url, headers))!.body) as Record<string, unknown>;
  return { ...tested, handle, ask, json };
};

describe("paths", () => {
  const { health, ask } = mounted();
  health.register("db", () => true);
  health.register("loop", () => true, { probes: ["live"] });

  it.each([
    "/health", "/health/", "/health/live", "/health/live/", "/health/ready", "/health/startup", "/health/ready/db", "/health/ready/db/",
    "/health/live/loop", "/health?x=1", "/health/ready?", "/health#x", "http://host/health", "http://host:80/health/ready?x=1",
  ])("%s is answered", async (url) => {
    expect((await ask(url))?.status).toBe(200);
  });

  it.each([
    "/", "", "*", "/healthz", "/health/x", "/health//", "/health/ready/db/x", "/health/ready//", "/HEALTH", "/Health/live", "//health", "/a/health",
    "/health%2Fready", "health", "http://host", "http://health/", "/healthlive", "http://h?x=/health", "?://a/health", "a?b://c/health",
  ])("%s is not ours", async (url) => {
    expect(await ask(url)).toBeUndefined();
  });

  it.each(["/health/ready/nope", "/health/live/db", "/health/ready/%", "/health/ready/%E0%A4%A", "/health/ready/__proto__", "/health/ready/a%2Fb"])(
    "%s is 404, with our headers",
    async (url) => {
      expect(await ask(url)).toMatchObject({
        status: 404,
        body: '{"error":"no such check"}',
        headers: { "cache-control": "no-store, no-transform", "content-length": "25" },
      });
    },
  );

  it("of a check may be percent-encoded", async () => {
    health.register("pool:main", () => true);
    expect((await ask("/health/ready/pool%3Amain"))?.status).toBe(200);
    expect((await ask("/health/ready/pool:main"))?.status).toBe(200);
  });

  it("of each probe can be one's own", async () => {
    const own = mounted({ paths: { live: "/livez", ready: "/readyz/" } });
    own.health.register("db", () => true);
    for (const url of ["/livez", "/readyz", "/readyz/", "/readyz/db", "/health", "/health/startup"]) expect((await own.ask(url))?.status).toBe(200);
    for (const url of ["/health/live", "/health/ready", "/startupz"]) expect(await own.ask(url)).toBeUndefined();
  });

  it("stand at the root with path /", async () => {
    const root = mounted({ path: "/" });
    for (const url of ["/", "/live", "/ready", "/startup/"]) expect((await root.ask(url))?.status).toBe(200);
    expect(await root.ask("/other")).toBeUndefined();
  });

  it("count a mount point that ends in the path as the path", () => {
    const at = (url: string, mountedAt: string, options?: MountOptions) =>
      createHandler(createHealth({ logger: false }), options)({ method: "GET", url, headers: {}, mountedAt });
    expect(at("/", "/health")).toMatchObject({ status: 200 });
    expect(at("/ready", "/health")).toMatchObject({ status: 200 });
    expect(at("/ready?x=1", "/api/health")).toMatchObject({ status: 200 });
    expect(at("/health/ready", "/api")).toMatchObject({ status: 200 });
    expect(at("/other", "/health")).toBeUndefined();
    expect(at("/health/ready", "/health")).toBeUndefined();
    expect(at("/livez", "/health", { paths: { live: "/livez" } })).toMatchObject({ status: 200 });
  });
});

describe("an answer", () => {
  it("is the whole contract of headers and body", async () => {
    const { health, ask, json, clock } = mounted();
    health.register("database", () => ({ status: "ok", message: "fine", data: { a: 1 } }));
    const response = (await ask("/health/ready"))!;
    expect(response.status).toBe(200);
    expect(response.headers).toEqual({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store, no-transform",
      "x-content-type-options": "nosniff",
      vary: "accept",
      "content-length": String(Buffer.byteLength(response.body)),
    });
    const { uptime, ...body } = await json("/health/ready");
    expect(uptime).toEqual(expect.any(Number));
    expect(body).toEqual({
      status: "healthy", probe: "ready", timestamp: "2026-11-24T10:00:00.000Z", service: "orders", version: "2.1.0",
      lifecycle: "running", causes: [], checks: { database: { status: "ok", latencyMs: 0, checkedAt: "2026-11-24T10:00:00.000Z" } },
    });
    expect(response.body.indexOf('"status"')).toBeLessThan(64);
    await clock.advance(5);
    expect((await json("/health/ready"))["timestamp"]).toBe("2026-11-24T10:00:00.005Z");
  });

  it("is 503 when unhealthy, 200 when degraded", async () => {
    const { health, ask } = mounted();
    health.register("cache", () => false, { critical: false });
    expect((await ask("/health/ready"))?.status).toBe(200);
    health.register("db", () => false);
    expect((await ask("/health/ready"))?.status).toBe(503);
    expect((await ask("/health"))?.status).toBe(503);
    expect((await ask("/health/live"))?.status).toBe(200);
  });

  it("has the status codes of the mount, degraded's on ready and /health alone", async () => {
    const { health, ask } = mounted({ statusCodes: { degraded: 429, unhealthy: 500 } });
    health.register("cache", () => ({ status: "warn" }), { probes: ["live", "ready", "startup"] });
    await health.report();
    expect((await ask("/health/ready"))?.status).toBe(429);
    expect((await ask("/health"))?.status).toBe(429);
    expect((await ask("/health/live"))?.status).toBe(200);
    expect((await ask("/health/startup"))?.status).toBe(200);
    health.drain();
    expect((await ask("/health/ready"))?.status).toBe(500);
  });

  it("is synchronous when everything needed is fresh", async () => {
    const { health, handle } = mounted();
    const { check, settle } = scripted();
    health.register("db", check);
    const first = handle({ method: "GET", url: "/health/ready", headers: {} });
    expect(first).toBeInstanceOf(Promise);
    settle(true);
    await first;
    expect(handle({ method: "GET", url: "/health/ready", headers: {} })).toMatchObject({ status: 200 });
    expect(handle({ method: "GET", url: "/health/live", headers: {} })).toMatchObject({ status: 200 });
  });

  it("cannot be changed for the next request", async () => {
    const { health, handle } = mounted();
    health.register("db", () => true);
    const response = handle({ method: "GET", url: "/health/ready", headers: {} }) as HealthResponse;
    expect(() => ((response.headers as Record<string, string>)["x"] = "1")).toThrow(TypeError);
  });

  it("of 1,000 probes at once comes from one run", async () => {
    const { health, handle, clock } = mounted();
    const { check, runs, settle } = scripted();
    health.register("db", check);
    const answers = Array.from({ length: 1000 }, () => handle({ method: "GET", url: "/health/ready", headers: {} }));
    await clock.advance(50);
    settle(true);
    expect(new Set((await Promise.all(answers)).map((answer) => answer?.status))).toEqual(new Set([200]));
    expect(runs.length).toBe(1);
  });

  it("comes within the deadline whatever the checks do", async () => {
    const { health, ask, clock } = mounted();
    health.register("db", hung().check);
    const answer = ask("/health/ready");
    await clock.advance(500);
    expect((await answer)?.status).toBe(503);
  });
});

describe("methods", () => {
  const { health, ask } = mounted();
  health.register("db", () => false);

  it("HEAD is GET without the body", async () => {
    const get = (await ask("/health/ready"))!;
    expect(await ask("/health/ready", {}, "HEAD")).toEqual({ ...get, body: "" });
    expect(await ask("/health/ready/nope", {}, "HEAD")).toMatchObject({ status: 404, body: "", headers: { "content-length": "25" } });
  });

  it("OPTIONS is GET with Allow, body and all", async () => {
    const get = (await ask("/health/ready"))!;
    expect(await ask("/health/ready", {}, "OPTIONS")).toEqual({ ...get, headers: { ...get.headers, allow: "GET, HEAD, OPTIONS" } });
  });

  it("a CORS preflight is not ours", async () => {
    expect(await ask("/health/ready", { "access-control-request-method": "GET" }, "OPTIONS")).toBeUndefined();
  });

  it.each(["POST", "PUT", "DELETE", "PATCH", "get", "PROPFIND", "__proto__", ""])("%j is 405 with Allow, and runs nothing", async (method) => {
    const tested = mounted();
    const { check, runs } = scripted();
    tested.health.register("db", check);
    for (const url of ["/health", "/health/ready", "/health/ready/db", "/health/ready/nope"]) {
      expect(await tested.ask(url, {}, method)).toMatchObject({
        status: 405,
        headers: { allow: "GET, HEAD, OPTIONS", "cache-control": "no-store, no-transform" },
      });
    }
    expect(await tested.ask("/other", {}, method)).toBeUndefined();
    expect(runs.length).toBe(0);
  });
});

describe("one check alone", () => {
  it("is neither critical nor held by the life cycle", async () => {
    const { health, ask, json } = mounted();
    health.register("gate", () => false, { probes: ["startup"] });
    health.register("good", () => true);
    health.register("soft", () => false, { critical: false });
    health.register("warns", () => ({ status: "warn" }));
    expect((await ask("/health/ready/good"))?.status).toBe(200);
    expect((await ask("/health/ready/soft"))?.status).toBe(503);
    expect((await ask("/health/ready/warns"))?.status).toBe(200);
    health.drain();
    expect((await ask("/health/ready/good"))?.status).toBe(200);
    expect(await json("/health/ready/soft")).toMatchObject({ status: "unhealthy", probe: "ready", causes: ["soft"], checks: { soft: { status: "error" } } });
    expect(Object.keys((await json("/health/ready/good"))["checks"] as object)).toEqual(["good"]);
  });

  it("runs no sibling, and latches nothing", async () => {
    const { health, ask } = mounted();
    const { check, runs } = scripted();
    health.register("sibling", check, { probes: ["startup"] });
    health.register("good", () => true, { probes: ["startup"] });
    expect((await ask("/health/startup/good"))?.status).toBe(200);
    expect(runs.length).toBe(0);
    expect(health.snapshot("ready").lifecycle).toBe("starting");
  });

  it("is 503 while pending, in live too", async () => {
    const { health, ask } = mounted();
    health.register("queue", hung().check, { probes: ["live"], intervalMs: 1000 });
    expect((await ask("/health/live/queue"))?.status).toBe(503);
    expect((await ask("/health/live"))?.status).toBe(200);
  });
});

describe("exclude", () => {
  it("neither runs nor counts the check, and shows it as excluded", async () => {
    const { health, ask, json } = mounted();
    const { check, runs } = scripted();
    health.register("bad", check);
    health.register("worse", () => false);
    health.register("good", () => true);
    expect((await ask("/health/ready?exclude=bad&exclude=worse"))?.status).toBe(200);
    expect(await json("/health/ready?x=1&exclude=bad&exclude=worse&y")).toMatchObject({
      status: "healthy", causes: [],
      checks: { bad: { status: "skipped", reason: "excluded" }, worse: { status: "skipped", reason: "excluded" }, good: { status: "ok" } },
    });
    expect(((await json("/health/ready?exclude=bad&exclude=worse"))["checks"] as Record<string, object>)["worse"]).toEqual({ status: "skipped", reason: "excluded" });
    expect(runs.length).toBe(0);
    expect((await ask("/health/ready?exclude=bad"))?.status).toBe(503);
  });

  it("of unknown names changes nothing", async () => {
    const { health, ask } = mounted();
    health.register("db", () => false);
    for (const query of ["exclude=nope", "exclude=", "exclude", "exclude=%", "exclude=%E0%A4%A", "excludes=db", "xexclude=db", "exclude=db%00", "EXCLUDE=db"]) {
      expect((await ask(`/health/ready?${query}`))?.status).toBe(503);
    }
    expect((await ask("/health/ready?exclude=%64b"))?.status).toBe(200);
  });

  it("takes 32 names at most", async () => {
    const { health, ask } = mounted();
    health.register("db", () => false);
    const names = (count: number): string => Array.from({ length: count }, (_, index) => `exclude=n${index}`).join("&");
    expect((await ask(`/health/ready?${names(31)}&exclude=db`))?.status).toBe(200);
    expect((await ask(`/health/ready?${names(32)}&exclude=db`))?.status).toBe(503);
  });

  it("never lifts a life cycle nor latches one", async () => {
    const { health, ask, json } = mounted();
    health.register("migrations", () => false, { probes: ["startup"] });
    health.register("warmup", () => true, { probes: ["startup"] });
    expect((await ask("/health/startup?exclude=migrations"))?.status).toBe(200);
    expect((await ask("/health/startup"))?.status).toBe(503);
    expect(await json("/health/ready?exclude=migrations")).toMatchObject({ status: "unhealthy", lifecycle: "starting" });
    health.drain();
    expect((await ask("/health?exclude=migrations"))?.status).toBe(503);
  });

  it.each(["exclude=aaaa&", "exclude=%E0%A4%A&", "&", "exclude=a%20"])("of %j over and over is answered in linear time", async (part) => {
    const { health, ask } = mounted();
    health.register("db", () => true);
    expect(await growth((times) => ask(`/health/ready?${part.repeat(2_000 * times)}exclude=`))).toBeLessThan(24);
  });
});

describe("details", () => {
  const failing = async (options: MountOptions) => {
    const tested = mounted(options);
    tested.health.register("db", () => Promise.reject(new Error("connect postgres://u:hunter2@h refused")));
    tested.health.register("good", () => ({ status: "ok", message: "secret message", data: { secret: 1 } }));
    await tested.health.report("ready");
    return tested;
  };

  it("none shows the status alone, hides every name, and the code stays", async () => {
    const { ask } = await failing({ details: "none" });
    for (const accept of ["*/*", "application/health+json", "text/plain"]) {
      const response = (await ask("/health/ready", { accept }))!;
      expect(response.status).toBe(503);
      expect(["{\"status\":\"unhealthy\"}", '{"status":"fail"}', "unhealthy\n"]).toContain(response.body);
    }
    expect((await ask("/health/ready/db"))?.status).toBe(404);
    expect((await ask("/health/ready/good"))?.body).toBe((await ask("/health/ready/nope"))?.body);
    expect((await ask("/health/ready?exclude=db"))?.status).toBe(503);
  });

  it.each(["application/json", "application/health+json", "text/plain"])("summary shows no message and no data as %s", async (accept) => {
    const { ask } = await failing({});
    for (const url of ["/health", "/health/ready", "/health/ready/db", "/health/ready/good", "/health/ready?exclude=good"]) {
      const { body } = (await ask(url, { accept }))!;
      expect(body).not.toContain("secret");
      expect(body).not.toContain("refused");
    }
  });

  it("full shows message, data, role, counts and since when, credentials masked", async () => {
    const { json } = await failing({ details: "full" });
    const { checks } = (await json("/health/ready")) as { checks: object };
    expect(checks).toEqual({
      db: {
        status: "error", reason: "failed", latencyMs: 0, checkedAt: "2026-11-24T10:00:00.000Z", message: "connect postgres://***@h refused",
        critical: true, probes: ["ready"], background: false, failures: 1, successes: 0, abandoned: 0, since: "2026-11-24T10:00:00.000Z",
      },
      good: {
        status: "ok", latencyMs: 0, checkedAt: "2026-11-24T10:00:00.000Z", message: "secret message", data: { secret: 1 },
        critical: true, probes: ["ready"], background: false, failures: 0, successes: 1, abandoned: 0, since: "2026-11-24T10:00:00.000Z",
      },
    });
  });

  it("may be decided by the request; a function that fails means none", async () => {
    const { health, log } = testHealth();
    health.register("db", () => true);
    const request = { internal: true };
    const handle = createHandler<typeof request>(health, { details: ({ internal }) => (internal ? "full" : "none") });
    const body = (seen: typeof request | undefined): string => (handle({ url: "/health/ready", headers: {}, ...(seen && { request: seen }) }) as HealthResponse).body;
    expect(body(request)).toContain('"critical":true');
    expect(body({ internal: false })).toBe('{"status":"healthy"}');
    expect(body(undefined)).toBe('{"status":"healthy"}');
    for (const wrong of ["all", undefined, Promise.reject(new Error("late")), Promise.resolve("full")]) {
      expect((createHandler(health, { details: () => wrong as never })({ url: "/health", headers: {} }) as HealthResponse).body).toBe('{"status":"healthy"}');
    }
    // One for each mount, however many requests.
    expect(log.filter(({ event }) => event === "problem").length).toBe(5);
    handle({ url: "/health/ready", headers: {} });
    handle({ url: "/health/ready", headers: {} });
    expect(log.filter(({ event }) => event === "problem").length).toBe(5);
  });
});

describe("formats", () => {
  const { health, ask, json } = mounted({}, {});
  health.register("good", () => true);
  health.register("bad", () => Promise.reject(new Error("a\nb")), { critical: false });
  health.register("slow:pool:x", () => ({ status: "warn" }));
  health.register("off", () => true, { enabled: false });

  it("health+json is the draft's", async () => {
    const response = (await ask("/health/ready", { accept: "application/health+json" }))!;
    expect(response.headers["content-type"]).toBe("application/health+json");
    expect(JSON.parse(response.body)).toEqual({
      status: "warn", version: "2.1.0", releaseId: "2.1.0", serviceId: "orders", notes: ["causes: bad, slow:pool:x"],
      checks: {
        good: [{ status: "pass", observedValue: 0, observedUnit: "ms", time: "2026-11-24T10:00:00.000Z" }],
        bad: [{ status: "fail", observedValue: 0, observedUnit: "ms", time: "2026-11-24T10:00:00.000Z", output: "failed", reason: "failed" }],
        "slow:pool.x": [{ status: "warn", observedValue: 0, observedUnit: "ms", time: "2026-11-24T10:00:00.000Z", output: "failed", reason: "failed" }],
        off: [{ status: "pass", reason: "disabled" }],
      },
    });
  });

  it("text is a line for the status and one for each check", async () => {
    const response = (await ask("/health/ready", { accept: "text/plain" }))!;
    expect(response.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(response.body).toBe("degraded\n[+]good ok\n[-]bad failed\n[!]slow:pool:x warn\n[ ]off skipped: disabled\n");
    expect((await createHandler(health, { details: "full", format: "text" })({ url: "/health", headers: {} }))?.body).toContain("[-]bad failed: a b\n");
  });

  it.each([
    [undefined, "json"], ["", "json"], ["*/*", "json"], ["text/html", "json"], ["text/*", "json"], ["image/png, nonsense;;;q=", "json"],
    ["text/plain, text/*, */*", "json"], ["application/json, text/plain, */*", "json"], ["text/html,application/xhtml+xml,*/*;q=0.8", "json"],
    ["text/plain", "text"], ["TEXT/PLAIN; charset=utf-8", "text"], ["text/plain, */*;q=0.1", "text"], ["text/plain;q=0.5, application/json;q=0.4", "text"],
    ["application/health+json", "health"], ["application/health+json, */*", "health"], ["application/health+json;q=0.5, application/json", "json"],
    ["application/json;q=0.1, application/health+json;q=0.2", "health"], ["text/plain;q=0", "json"], ["constructor, __proto__", "json"],
  ])("Accept %j gets %s", async (accept, format) => {
    const types = { json: "application/json; charset=utf-8", health: "application/health+json", text: "text/plain; charset=utf-8" } as const;
    const response = await ask("/health/ready", accept === undefined ? {} : { accept });
    expect(response?.headers["content-type"]).toBe(types[format as "json"]);
  });

  it("of the mount is what an Accept that names none gets", async () => {
    const handle = createHandler(health, { format: "health" });
    const type = (accept: string): string | undefined => (handle({ url: "/health", headers: { accept } }) as HealthResponse).headers["content-type"];
    expect(type("*/*")).toBe("application/health+json");
    expect(type("text/plain, */*")).toBe("application/health+json");
    expect(type("application/json")).toBe("application/json; charset=utf-8");
  });

  it("takes a header that stands more than once in a raw list as one", async () => {
    const response = await createHandler(health)({ url: "/health", headers: ["Accept", "text/html", "Host", "h", "accept", "text/plain"] });
    expect(response?.headers["content-type"]).toBe("text/plain; charset=utf-8");
  });

  it("reads the headers of a Headers as well", async () => {
    const handle = createHandler(health);
    const response = (await handle({ url: "/health", headers: new Headers({ Accept: "text/plain" }) })) as HealthResponse;
    expect(response.headers["content-type"]).toBe("text/plain; charset=utf-8");
    expect(await json("/health")).toHaveProperty("lifecycle");
  });

  it("counts its length in bytes", async () => {
    const named = createHealth({ service: "órdenes 🚚", logger: false });
    const response = createHandler(named)({ url: "/health", headers: {} }) as HealthResponse;
    expect(response.headers["content-length"]).toBe(String(Buffer.byteLength(response.body)));
  });
});

describe("draining", () => {
  it("closes HTTP/1 connections on every answer, and no HTTP/2 stream", async () => {
    const { health, ask, handle } = mounted({ envoy: true });
    health.drain();
    for (const url of ["/health/live", "/health/ready", "/health/ready/nope"]) expect((await ask(url))?.headers["connection"]).toBe("close");
    expect((await ask("/health/ready", {}, "POST"))?.headers["connection"]).toBe("close");
    for (const method of ["GET", "POST"]) {
      const response = (await handle({ method, url: "/health/ready", headers: { ":method": method } }))!;
      expect(response.headers).not.toHaveProperty("connection");
    }
    expect((await ask("/health/ready"))?.headers["x-envoy-immediate-health-check-fail"]).toBe("true");
    expect((await ask("/health/live"))?.headers).not.toHaveProperty("x-envoy-immediate-health-check-fail");
  });

  it("is told to Envoy only when asked", async () => {
    const { health, ask } = mounted();
    health.register("cache", () => ({ status: "warn" }));
    expect((await ask("/health/ready"))?.headers).not.toHaveProperty("x-envoy-degraded");
    const envoy = createHandler(health, { envoy: true });
    expect(((await envoy({ url: "/health/ready", headers: {} })) as HealthResponse).headers["x-envoy-degraded"]).toBe("true");
  });
});

describe("a mount option", () => {
  it.each<[string, unknown]>([
    ["path", "health"], ["path", ""], ["path", "/a b"], ["path", "/a?b"], ["path", "/a*b"], ["path", "/gesundheit-ü"], ["path", 1], ["path", null],
    ["paths.live", { live: "livez" }], ["paths.ready", { live: "/z", ready: "/z" }], ["paths.live", { live: "/health" }],
    ["details", "all"], ["details", null], ["format", "xml"], ["envoy", "yes"],
    ["statusCodes.degraded", { degraded: 201 }], ["statusCodes.unhealthy", { unhealthy: 302 }], ["statusCodes.healthy", { healthy: "200" }], ["statusCodes.unhealthy", { unhealthy: 600 }],
    ["statusCodes", null],
  ])("%s: %j throws, naming it", (option, value) => {
    const key = option.split(".")[0]!;
    const health = createHealth({ logger: false });
    expect(() => createHandler(health, { [key]: value } as MountOptions)).toThrow(option);
  });

  it.each(["statusCodes", "paths"])("%s with an unknown key throws", (option) => {
    expect(() => createHandler(createHealth(), { [option]: { alive: 200 } } as MountOptions)).toThrow('"alive"');
  });

  it("that is undefined is the default, whatever its name", () => {
    expect(() => createHandler(testHealth().health, { detail: undefined } as MountOptions)).not.toThrow();
  });

  it.each(["/h%zz", "/100%", "/%4"])("refuses the path %s, which no request can ask for", (path) => {
    expect(() => createHandler(testHealth().health, { path })).toThrow("percent-encoded");
  });

  it.each(["detail", "statusCode", "Details", "formats"])("%s throws as a slip, and a framework's own option does not", (slip) => {
    const health = createHealth({ logger: false });
    expect(() => createHandler(health, { [slip]: "none" } as MountOptions)).toThrow("did you mean");
    expect(() => createHandler(health, { prefix: "/api", logLevel: "warn" } as MountOptions)).not.toThrow();
  });

  it("health that is none throws", () => {
    for (const wrong of [undefined, null, {}, "health", () => {}]) {
      try {
        createHandler(wrong as never);
        expect.unreachable();
      } catch (error) {
        expect(isHealthError(error) && error.code).toBe("invalid-health");
      }
    }
  });
});
