import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { createHealth, isHealthError, type Health, type MountOptions } from "probekit";
import { nextApiHealth, nextHealth, sharedHealth, type NextApiRequestLike, type NextProbe } from "probekit/next";
import { afterEach, describe, expect, test, vi } from "vitest";
import { hung, testHealth } from "../support/scripted.js";

const shop = () => {
  const made = testHealth({ service: "shop" });
  made.health.register("database", () => true);
  made.health.register("a:b", () => false, { critical: false });
  return made;
};

const codeOf = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    if (isHealthError(error)) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing was thrown";
};

const noStore = { "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" };

const closing: (() => void)[] = [];
afterEach(() => closing.splice(0).forEach((close) => close()));

/** A server that does what Next does before a Pages Router handler: it adds `query` and the helpers that make an ETag. */
const serve = async (handler: (req: NextApiRequestLike, res: Parameters<RequestListener>[1]) => Promise<void>, probe: NextProbe) => {
  const refused = vi.fn<() => never>();
  const server = createServer((req, res) => {
    const query = { ...Object.fromEntries(new URL(req.url ?? "/", "http://a").searchParams), probe };
    void handler(Object.assign(req, { query }), Object.assign(res, { json: refused, send: refused }));
  }).listen(0, "127.0.0.1");
  closing.push(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { refused, get: (url: string, init?: RequestInit) => fetch(`http://127.0.0.1:${port}${url}`, init) };
};

interface Asked {
  readonly health: Health;
  readonly probe?: NextProbe;
  readonly url?: string;
  readonly init?: RequestInit;
  readonly options?: Omit<MountOptions, "details"> & { readonly details?: "none" };
}

type Router = (asked: Asked) => Promise<Response>;

const appRouter: Router = ({ health, probe, url = "/elsewhere", init, options }) => {
  const request = new Request(`http://shop.test${url}`, init);
  const method = (init?.method ?? "GET") as "GET";
  return nextHealth(health, options)[method](request, { params: Promise.resolve(probe === undefined ? {} : { probe }) });
};

const pagesRouter: Router = async ({ health, probe, url = "/elsewhere", init, options }) => {
  const { get } = await serve(nextApiHealth(health, options), probe);
  return get(url, init);
};

describe.each([
  { name: "nextHealth", ask: appRouter },
  { name: "nextApiHealth", ask: pagesRouter },
])("$name", ({ ask }) => {
  test.each([
    { probe: undefined, holds: ["database", "a:b"], named: undefined },
    { probe: [], holds: ["database", "a:b"], named: undefined },
    { probe: ["ready"], holds: ["database", "a:b"], named: "ready" },
    { probe: "ready", holds: ["database", "a:b"], named: "ready" },
    { probe: ["live"], holds: [], named: "live" },
    { probe: ["startup"], holds: [], named: "startup" },
    { probe: ["ready", "database"], holds: ["database"], named: "ready" },
  ])("takes the probe from $probe, whatever the URL says", async ({ probe, holds, named }) => {
    const response = await ask({ health: shop().health, probe, url: "/de/base/health/live" });
    const body = await response.text();
    expect(response.status).toBe(200);
    expect(Object.fromEntries(response.headers)).toMatchObject({ ...noStore, "content-length": String(Buffer.byteLength(body)) });
    expect(response.headers.get("etag")).toBeNull();
    const report = JSON.parse(body);
    expect([report.probe, Object.keys(report.checks)]).toEqual([named, holds]);
  });

  test("answers 503 for a check that fails, asked by a name of odd characters", async () => {
    expect((await ask({ health: shop().health, probe: ["ready", "a:b"] })).status).toBe(503);
  });

  test.each([
    [["ready", "data%62ase"]],
    [["ready/database"]],
    [["ready?exclude=database"]],
    [["ready#"]],
    [["ready", "\uD800"]],
    [["ready", "%"]],
    [["ready", "database", "more"]],
    [["health", "ready"]],
    [["nothing"]],
  ])("finds nothing at %j", async (probe) => {
    const response = await ask({ health: shop().health, probe });
    expect(response.status).toBe(404);
    expect(Object.fromEntries(response.headers)).toMatchObject(noStore);
    expect(Object.keys(await response.json() as object)).toEqual(["error"]);
  });

  test("says no more than a length to a HEAD for nothing", async () => {
    const response = await ask({ health: shop().health, probe: ["nothing"], init: { method: "HEAD" } });
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([404, "21", ""]);
  });

  test("reads exclude from the URL's query, not from the parameters", async () => {
    const response = await ask({ health: shop().health, probe: ["ready"], url: "/x?a=1&exclude=database&exclude=a:b" });
    const { checks } = (await response.json()) as { checks: Record<string, { status: string }> };
    expect([checks["database"]?.status, checks["a:b"]?.status]).toEqual(["skipped", "skipped"]);
  });

  test("answers HEAD with the length of the report and no body", async () => {
    const options = { details: "none" } as const;
    const response = await ask({ health: shop().health, probe: ["live"], init: { method: "HEAD" }, options });
    expect([response.status, response.headers.get("content-length"), await response.text()]).toEqual([200, "20", ""]);
  });

  test("answers OPTIONS with the report and Allow", async () => {
    const response = await ask({ health: shop().health, probe: ["ready"], init: { method: "OPTIONS" } });
    expect([response.status, response.headers.get("allow")]).toEqual([200, "GET, HEAD, OPTIONS"]);
    expect(await response.json()).toMatchObject({ probe: "ready" });
  });

  test("finds nothing for OPTIONS either", async () => {
    expect((await ask({ health: shop().health, probe: ["nothing"], init: { method: "OPTIONS" } })).status).toBe(404);
  });

  test("answers a preflight with 204, Allow and no CORS header", async () => {
    const init = { method: "OPTIONS", headers: { origin: "http://else.test", "access-control-request-method": "GET" } };
    const response = await ask({ health: shop().health, probe: ["ready"], init });
    expect([response.status, response.headers.get("allow"), await response.text()]).toEqual([204, "GET, HEAD, OPTIONS", ""]);
    expect(Object.fromEntries(response.headers)).toMatchObject(noStore);
    expect([...response.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("is no preflight with GET", async () => {
    const init = { headers: { "access-control-request-method": "GET" } };
    expect((await ask({ health: shop().health, probe: ["ready"], init })).status).toBe(200);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])("answers %s with 405 and Allow", async (method) => {
    const response = await ask({ health: shop().health, probe: ["ready"], init: { method } });
    expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, OPTIONS"]);
  });

  test("never answers 304", async () => {
    expect((await ask({ health: shop().health, probe: ["ready"], init: { headers: { "if-none-match": "*" } } })).status).toBe(200);
  });

  test("reads Accept", async () => {
    const response = await ask({ health: shop().health, probe: ["ready"], init: { headers: { accept: "text/plain" } } });
    expect(response.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    expect(await response.text()).toContain("[+]database ok");
  });

  test.each(["/health", "/health/", "/", "/api/health"])("finds every probe whatever path is, %s", async (path) => {
    const { health } = shop();
    const asked = [undefined, ["live"], ["ready", "database"]].map((probe) => ask({ health, probe, options: { path } }));
    expect((await Promise.all(asked)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  test("takes paths as relative to the catch-all", async () => {
    const { health } = shop();
    const options = { paths: { live: "/livez" } };
    expect((await ask({ health, probe: ["livez"], options })).status).toBe(200);
    expect((await ask({ health, probe: ["live"], options })).status).toBe(404);
  });

  test("answers a check that hangs within the deadline", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = hung();
    health.register("hung", check);
    const answer = ask({ health, probe: ["ready"] });
    await expect.poll(() => runs.length).toBe(1);
    await clock.advance(500);
    expect((await answer).status).toBe(503);
  });

  test("shows the drain, and closes the connection", async () => {
    const { health } = shop();
    health.drain();
    const response = await ask({ health, probe: ["ready"] });
    expect([response.status, response.headers.get("connection")]).toEqual([503, "close"]);
    expect(await response.json()).toMatchObject({ lifecycle: "draining" });
  });
});

test("a details function gets the App Router's own request", async () => {
  const details = vi.fn<(request: Request) => "none">(() => "none");
  const request = new Request("http://shop.test/health");
  const response = await nextHealth(shop().health, { details }).GET(request, { params: Promise.resolve({}) });
  expect(details.mock.calls).toEqual([[request]]);
  expect(await response.text()).toBe('{"status":"degraded"}');
});

test("a details function gets the Pages Router's own request, with its query", async () => {
  const seen: (IncomingMessage | NextProbe)[] = [];
  const handler = nextApiHealth(shop().health, {
    details: (request) => {
      seen.push(request.query["key"]);
      return "none";
    },
  });
  const { get, refused } = await serve(handler, ["ready"]);
  expect(await (await get("/?key=secret")).text()).toBe('{"status":"degraded"}');
  expect(seen).toEqual(["secret"]);
  expect(refused).not.toHaveBeenCalled();
});

test("a client that left early neither throws nor cancels the run", async () => {
  const { health, clock } = testHealth();
  const { check, runs } = hung();
  health.register("hung", check);
  const handler = nextApiHealth(health);
  const finished: Promise<unknown>[] = [];
  const { get } = await serve(async (req, res) => {
    finished.push(handler(req, res), once(res, "close"));
  }, ["ready"]);
  const leaving = new AbortController();
  const answer = get("/", { signal: leaving.signal });
  await expect.poll(() => runs.length).toBe(1);
  leaving.abort();
  await expect(answer).rejects.toThrow("abort");
  await finished[1];
  expect(runs[0]?.signal.aborted).toBe(false);
  await clock.advance(500);
  await expect(finished[0]).resolves.toBeUndefined();
});

test("a catch-all by another name answers 404 and says why, rather than everything for every probe", async () => {
  const { health } = shop();
  const answer = await nextHealth(health).GET(new Request("http://shop.test/health/live"), { params: Promise.resolve({ tenant: "a", slug: ["live"] }) });
  expect([answer.status, await answer.json()]).toEqual([404, { error: "the catch-all folder must be called [[...probe]]" }]);
});

test("a route without a catch-all answers 404 and says what it needs", async () => {
  const { health } = shop();
  const without = { params: undefined } as unknown as { params: Promise<Record<string, string>> };
  expect((await nextHealth(health).GET(new Request("http://shop.test/plain"), without)).status).toBe(404);
});

test("a list that a rewrite puts into the query is no catch-all", async () => {
  const { health } = shop();
  const handler = nextApiHealth(health);
  const { get } = await serve((req, res) => handler(Object.assign(req, { query: { exclude: ["a:b", "database"] } }), res), undefined);
  expect(await (await get("/healthz?exclude=a:b&exclude=database")).json()).toMatchObject({ status: "healthy", checks: { "database": { status: "skipped" } } });
});

test.each<typeof nextHealth | typeof nextApiHealth>([nextHealth, nextApiHealth])("%o refuses bad configuration where it is mounted", (given) => {
  const { health } = shop();
  const mount = given as (health: Health, options?: MountOptions) => unknown;
  expect(codeOf(() => mount(health, { path: "health" }))).toMatch(/^invalid-option: path .*"health"/);
  expect(codeOf(() => mount(health, { statusCodes: { healthy: 302 } }))).toMatch(/^invalid-option: statusCodes\.healthy .*302/);
  expect(codeOf(() => mount({} as Health))).toMatch(/^invalid-health: /);
});

describe("sharedHealth", () => {
  test("makes one health a key, on globalThis", () => {
    const factory = vi.fn<() => Health>(() => createHealth());
    const first = sharedHealth("one", factory);
    expect(sharedHealth("one", () => createHealth())).toBe(first);
    expect(sharedHealth("other", factory)).not.toBe(first);
    expect(factory).toHaveBeenCalledTimes(2);
    expect((globalThis as Record<symbol, unknown>)[Symbol.for("probekit.health.one")]).toBe(first);
  });

  test("is one for every copy of the module", async () => {
    const first = sharedHealth("copies", () => createHealth());
    vi.resetModules();
    const copy = await import("probekit/next");
    expect(copy.sharedHealth).not.toBe(sharedHealth);
    expect(copy.sharedHealth("copies", () => createHealth())).toBe(first);
  });

  test("keeps nothing of a factory that throws", () => {
    const thrown = new Error("no database");
    expect(() => sharedHealth("thrown", () => { throw thrown; })).toThrow(thrown);
    const made = createHealth();
    expect(sharedHealth("thrown", () => made)).toBe(made);
  });

  test("keeps nothing of a factory that makes no health", () => {
    expect(codeOf(() => sharedHealth("none", (() => {}) as unknown as () => Health))).toMatch(/^invalid-health: .*undefined/);
    const promised = (() => Promise.resolve(createHealth())) as unknown as () => Health;
    expect(codeOf(() => sharedHealth("none", promised))).toMatch(/^invalid-health: .*an object/);
    const made = createHealth();
    expect(sharedHealth("none", () => made)).toBe(made);
  });

  test("takes names of Object's own for ordinary keys", () => {
    const made = createHealth();
    expect(sharedHealth("__proto__", () => made)).toBe(made);
    expect(sharedHealth("constructor", () => createHealth())).not.toBe(made);
  });

  test.each([[""], [undefined], [7], [Symbol("key")]])("refuses the key %o", (key) => {
    expect(codeOf(() => sharedHealth(key as string, () => createHealth()))).toMatch(/^invalid-option: key must be a string that is not empty; got /);
  });

  test("refuses a factory that is no function", () => {
    expect(codeOf(() => sharedHealth("key", createHealth() as unknown as () => Health))).toBe(
      "invalid-option: factory must be a function; got object",
    );
  });
});
