import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { Agent, get as httpGet, type IncomingMessage } from "node:http";
import { join } from "node:path";
import type { Report } from "probekit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { build, exampleConfig, install, pack, raw, start, temporary, upstreamServer, type Entry, type RunningApp } from "./next-app.js";

// Next weighs 377 MB: it is installed and built where CI=true, or on request.
const wanted = process.env["CI"] === "true" || process.env["PROBEKIT_NEXT"] === "1";
if (!wanted) console.warn("SKIPPED: the Next example. PROBEKIT_NEXT=1 installs Next 15 and 16 and tests it (network, 1 GB, minutes).");

interface Variant {
  readonly name: string;
  readonly major: number;
  readonly config: (example: string) => string;
  /** The configuration's `basePath`. */
  readonly prefix: string;
  /** What the configuration rewrites to a ready probe. */
  readonly rewritten: readonly string[];
  /** How Next answers a trailing slash. */
  readonly trailingSlash: number;
  readonly entry: Entry;
}

const itself = (example: string): string => example;
const withCacheComponents = (example: string): string => example.replace("NextConfig = {", "NextConfig = { cacheComponents: true,");

const moved = (): string => `export default {
  output: "standalone",
  basePath: "/shop",
  rewrites: async () => [
    { source: "/readyz", destination: "/health/ready" },
    { source: "/api/readyz", destination: "/api/health/ready" },
  ],
};
`;

const variants: readonly Variant[] = [
  { name: "Next 15", major: 15, config: itself, prefix: "", rewritten: [], trailingSlash: 200, entry: "next start" },
  {
    name: "Next 16 below a basePath, standalone",
    major: 16,
    config: moved,
    prefix: "/shop",
    rewritten: ["/readyz", "/api/readyz"],
    trailingSlash: 308,
    entry: "standalone",
  },
  {
    name: "Next 16 with cacheComponents",
    major: 16,
    config: withCacheComponents,
    prefix: "",
    rewritten: [],
    trailingSlash: 200,
    entry: "next start",
  },
];

const minutes = 60_000;

const framing = (headers: Headers, body: string): string => {
  if (headers.get("transfer-encoding") === "chunked") return "chunked";
  return headers.get("content-length") === String(Buffer.byteLength(body)) ? "whole" : "neither";
};

describe.skipIf(!wanted)("the Next example", () => {
  let folder: string;
  const apps = new Map<number, string>();

  beforeAll(async () => {
    folder = await temporary();
    const tarball = await pack(folder);
    for (const major of new Set(variants.map((variant) => variant.major))) apps.set(major, await install(folder, major, tarball));
  }, 10 * minutes);

  afterAll(() => rm(folder, { recursive: true, force: true }), minutes);

  describe.each(variants)("on $name", ({ major, config, prefix, rewritten, trailingSlash, entry }) => {
    let upstream: Awaited<ReturnType<typeof upstreamServer>>;
    let app: RunningApp;
    let printed: string;
    let startedAt: number;
    const others: RunningApp[] = [];

    beforeAll(async () => {
      upstream = await upstreamServer();
      const at = apps.get(major) ?? "";
      printed = await build(at, config(await exampleConfig()));
      startedAt = Date.now();
      app = await start(at, { UPSTREAM_URL: upstream.url, DRAIN_MS: "4000" }, entry);
    }, 5 * minutes);

    afterAll(() => {
      for (const each of [app, ...others]) each?.process.kill("SIGKILL");
      upstream?.close();
    });

    const get = (path: string, init: RequestInit = {}): Promise<Response> =>
      fetch(`http://127.0.0.1:${app.port}${prefix}${path}`, { redirect: "manual", ...init });
    const report = async (path: string): Promise<Report> => (await (await get(path)).json()) as Report;

    test("builds the route as a dynamic one", () => {
      expect(printed).toMatch(/ƒ \/health\/\[\[\.\.\.probe\]\]/);
      expect(printed).toMatch(/ƒ \/api\/health\/\[\[\.\.\.probe\]\]/);
    });

    test.each(rewritten)("answers the rewritten path %s with its own query", async (path) => {
      const { probe, checks } = await report(`${path}?exclude=upstream`);
      expect([probe, checks["upstream"]?.reason]).toEqual(["ready", "excluded"]);
    });

    test.each(["/health", "/api/health"])("runs one check for all bundles, first asked at %s", async (base) => {
      const times = async (): Promise<number> => {
        const bases = [base, "/health", "/api/health"];
        const seen = await Promise.all(bases.map(async (each) => (await report(`${each}/ready`)).checks["upstream"]?.checkedAt));
        return seen.includes(undefined) ? 0 : new Set(seen).size;
      };
      await expect.poll(times, { timeout: 10_000 }).toBe(1);
    }, 15_000);

    describe.each([
      // Next takes the length off every App Router response (its send-response.js) and ends a chunked body instead.
      { base: "/health", framings: ["whole", "chunked"] },
      { base: "/api/health", framings: ["whole"] },
    ])("at $base", ({ base, framings }) => {
      test.each(["", "/ready", "/live", "/startup"])("answers %s with a whole, uncacheable report", async (path) => {
        const response = await get(base + path, { headers: { "accept-encoding": "gzip" } });
        const body = await response.text();
        expect(response.status).toBe(200);
        expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
        expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
        expect(response.headers.get("x-content-type-options")).toBe("nosniff");
        expect(framings).toContain(framing(response.headers, body));
        expect(response.headers.get("vary")).toContain("accept");
        for (const name of ["etag", "content-encoding"]) expect(response.headers.get(name)).toBeNull();
        expect(JSON.parse(body)).toMatchObject({ status: "healthy", service: "shop" });
      });

      test("is running because instrumentation marked it as started", async () => {
        expect(await report(`${base}/startup`)).toMatchObject({ status: "healthy", probe: "startup", lifecycle: "running" });
      });

      test("draws the report when it is asked, not at build", async () => {
        const first = (await report(`${base}/live`)).timestamp;
        expect(Date.parse(first)).toBeGreaterThanOrEqual(startedAt);
        await expect.poll(async () => (await report(`${base}/live`)).timestamp).not.toBe(first);
      });

      test("answers one check alone, its name percent-encoded or not, and 404 for a check it does not hold", async () => {
        expect(Object.keys((await report(`${base}/ready/upstream`)).checks)).toEqual(["upstream"]);
        expect((await get(`${base}/ready/up%73tream`)).status).toBe(200);
        expect((await get(`${base}/ready/up%2573tream`)).status).toBe(404);
        expect((await get(`${base}/ready%2Fupstream`)).status).toBe(404);
        expect((await get(`${base}/live/upstream`)).status).toBe(404);
        expect((await get(`${base}/ready/nobody`)).status).toBe(404);
      });

      test("answers what is not a probe with an uncacheable 404", async () => {
        const response = await get(`${base}/nothing`);
        expect(response.status).toBe(404);
        expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
        expect(await response.text()).toBe('{"error":"not found"}');
      });

      test("leaves out what ?exclude names", async () => {
        const { checks } = await report(`${base}/ready?exclude=upstream`);
        expect(checks["upstream"]).toMatchObject({ status: "skipped", reason: "excluded" });
      });

      test("answers text when it is asked for text", async () => {
        expect(await (await get(`${base}/ready`, { headers: { accept: "text/plain" } })).text()).toContain("[+]upstream ok");
      });

      test("answers HEAD without a body", async () => {
        const { head, body } = await raw(app.port, `HEAD ${prefix}${base}/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        expect(head).toMatch(/^HTTP\/1\.1 200 /);
        expect(framings).toContain(/\r\ncontent-length: [1-9]/i.test(head) ? "whole" : "chunked");
        expect(head).not.toMatch(/content-length: 0/i);
        expect(body).toBe("");
      });

      test("answers OPTIONS over HTTP/1.0 without a Host, as HAProxy asks, with the report", async () => {
        const { head, body } = await raw(app.port, `OPTIONS ${prefix}${base}/ready HTTP/1.0\r\n\r\n`);
        expect(head).toMatch(/^HTTP\/1\.1 200 /);
        expect(head).toMatch(/\r\nallow: GET, HEAD, OPTIONS(\r\n|$)/i);
        expect(JSON.parse(body)).toMatchObject({ status: "healthy", probe: "ready" });
      });

      test("answers a CORS preflight with 204 and allows no origin", async () => {
        const headers = { origin: "http://else.test", "access-control-request-method": "GET" };
        const response = await get(`${base}/ready`, { method: "OPTIONS", headers });
        expect(response.status).toBe(204);
        expect(response.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
        expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
        expect(response.headers.get("access-control-allow-origin")).toBeNull();
      });

      test("answers POST with 405, whatever it holds", async () => {
        const headers = { "content-type": "application/json" };
        expect((await get(`${base}/ready`, { method: "POST", headers, body: "{not json" })).status).toBe(405);
      });

      test(`answers a trailing slash with ${trailingSlash}`, async () => {
        expect((await get(`${base}/ready/`)).status).toBe(trailingSlash);
      });

      test("answers a malformed escape and a 10 KiB query without a 5xx", async () => {
        expect((await get(`${base}/ready?${"exclude=a&".repeat(1000)}`)).status).toBe(200);
        expect((await get(`${base}/ready/%E0%A4%A`)).status).toBeLessThan(500);
      });
    });

    test("is 503 on both routers while the dependency fails, and 304 never", async () => {
      const conditional = { headers: { "if-none-match": "*" } };
      const statuses = (path: string): Promise<number[]> =>
        Promise.all(["/health", "/api/health"].map(async (base) => (await get(base + path, conditional)).status));
      expect(await statuses("/ready")).toEqual([200, 200]);
      upstream.state.status = 500;
      await expect.poll(() => statuses("/ready"), { timeout: 5000 }).toEqual([503, 503]);
      expect(await statuses("/ready/upstream")).toEqual([503, 503]);
      expect(await statuses("/live")).toEqual([200, 200]);
      const options = { method: "OPTIONS" };
      expect([(await get("/health/ready", options)).status, (await get("/api/health/ready", options)).status]).toEqual([503, 503]);
      upstream.state.status = 200;
      await expect.poll(() => statuses("/ready"), { timeout: 5000 }).toEqual([200, 200]);
    });

    test("serves while it drains on SIGTERM, on connections old and new, and ends with what was in flight", async () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const page = () => keptAlive(agent, `http://127.0.0.1:${app.port}${prefix || "/"}`);
      expect((await page()).headers.connection).toBe("keep-alive");
      const inFlight = get("/orders?ms=1000");
      const untilTheEnd = get("/orders?ms=4500");
      const ended = once(app.process, "exit");
      const from = performance.now();
      app.process.kill("SIGTERM");
      for (const base of ["/health", "/api/health"]) {
        await expect.poll(async () => (await get(`${base}/ready`)).status).toBe(503);
        const ready = await get(`${base}/ready`);
        expect(ready.headers.get("connection")).toBe("close");
        expect(await ready.json()).toMatchObject({ status: "unhealthy", lifecycle: "draining" });
        expect((await get(`${base}/live`)).status).toBe(200);
      }
      const { statusCode, headers } = await page();
      expect([statusCode, headers.connection]).toEqual([200, "close"]);
      for (const answer of [await inFlight, await untilTheEnd]) {
        expect([answer.status, answer.headers.get("connection"), await answer.json()]).toEqual([200, "close", { orders: [] }]);
      }
      expect(await ended).toEqual([0, null]);
      expect(performance.now() - from).toBeGreaterThanOrEqual(4000 - 2);
      expect(app.output()).not.toMatch(/⨯|Error|unhandled|NEXT_MANUAL_SIG_HANDLE/);
      await expect(get("/health/live")).rejects.toThrow("fetch failed");
    }, 30_000);

    test("drains a server that nobody has asked anything yet", async () => {
      const quiet = await start(apps.get(major) ?? "", { DRAIN_MS: "2000" }, entry);
      others.push(quiet);
      await expect.poll(() => quiet.output(), { timeout: 10_000 }).toContain("running: startup has passed");
      const ended = once(quiet.process, "exit");
      const from = performance.now();
      quiet.process.kill("SIGTERM");
      await expect.poll(() => quiet.output()).toContain("draining");
      expect((await fetch(`http://127.0.0.1:${quiet.port}${prefix}/health/ready`)).status).toBe(503);
      expect(await ended).toEqual([0, null]);
      expect(performance.now() - from).toBeGreaterThanOrEqual(2000 - 2);
    }, 30_000);

    test.each([
      { where: "nowhere", file: "", told: "NEXT_MANUAL_SIG_HANDLE=true is not set" },
      { where: "in .env", file: "NEXT_MANUAL_SIG_HANDLE=true\n", told: "NEXT_MANUAL_SIG_HANDLE is not in the environment" },
    ])("warns that Next handles signals itself, where the variable is set $where", async ({ file, told }) => {
      const at = apps.get(major) ?? "";
      await writeFile(join(at, entry === "standalone" ? ".next/standalone/.env" : ".env"), file);
      const unprepared = await start(at, { NEXT_MANUAL_SIG_HANDLE: undefined }, entry);
      others.push(unprepared);
      await expect.poll(() => unprepared.output(), { timeout: 10_000 }).toContain(told);
      const ended = once(unprepared.process, "exit");
      unprepared.process.kill("SIGKILL");
      await ended;
    }, 30_000);
  });
});

const keptAlive = async (agent: Agent, url: string): Promise<IncomingMessage> => {
  const [answer] = (await once(httpGet(url, { agent }), "response")) as [IncomingMessage];
  await once(answer.resume(), "end");
  return answer;
};
