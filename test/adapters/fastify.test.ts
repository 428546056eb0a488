import http from "node:http";
import type { AddressInfo } from "node:net";
import fastify, { type FastifyInstance, type FastifyServerOptions } from "fastify";
import { isHealthError } from "probekit";
import { fastifyHealth, type FastifyHealthOptions } from "probekit/fastify";
import { describe, expect, it, onTestFinished } from "vitest";
import { scripted, testHealth } from "../support/scripted.js";
import { overHttp, overSocket } from "./client.js";

const healthy = () => {
  const { health } = testHealth();
  health.register("database", () => true);
  return health;
};

const application = (options?: FastifyServerOptions): FastifyInstance => {
  const app = fastify(options);
  onTestFinished(() => app.close());
  return app;
};

const status = async (app: FastifyInstance, url: string, method: "GET" | "POST" = "GET"): Promise<number> =>
  (await app.inject({ method, url })).statusCode;

describe("registering", () => {
  it("rejects for a wrong option and a missing health", async () => {
    for (const wrong of [{ health: undefined }, { health: healthy(), path: "health" }, { health: healthy(), format: "xml" }]) {
      const app = fastify();
      const error: unknown = await app.register(fastifyHealth, wrong as unknown as FastifyHealthOptions).then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(isHealthError(error)).toBe(true);
    }
  });

  it("rejects where the application has a route of its own already", async () => {
    const app = fastify();
    app.get("/health/ready", () => "mine");
    await expect(async () => app.register(fastifyHealth, { health: healthy() })).rejects.toThrow("already declared");
  });

  it("leaves decorators, hooks, parsers and error handlers of the application alone", async () => {
    const app = application();
    await app.register(fastifyHealth, { health: healthy() });
    app.post("/echo", (request) => request.body);
    const echoed = await app.inject({ method: "POST", url: "/echo", payload: { a: 1 } });
    expect(echoed.json()).toStrictEqual({ a: 1 });
    const refused = await app.inject({ method: "POST", url: "/echo", headers: { "content-type": "application/json" }, payload: "{" });
    expect(refused.statusCode).toBe(400);
  });
});

it.each([{ "content-type": "application/json" }, { "content-type": "application/x-www-form-urlencoded" }, {}])(
  "answers OPTIONS with a body that it does not read: %o",
  async (headers) => {
    const app = application();
    let faults = 0;
    app.setErrorHandler(() => void (faults += 1));
    await app.register(fastifyHealth, { health: healthy() });
    const answer = await app.inject({ method: "OPTIONS", url: "/health/ready", headers: { ...headers, "content-length": "1" }, payload: "{" });
    expect([answer.statusCode, faults]).toStrictEqual([200, 0]);
  },
);

describe.each<[string, FastifyServerOptions]>([
  ["by default", {}],
  ["with ignoreTrailingSlash", { routerOptions: { ignoreTrailingSlash: true } }],
  ["with ignoreDuplicateSlashes", { routerOptions: { ignoreDuplicateSlashes: true } }],
  ["without caseSensitive", { routerOptions: { caseSensitive: false } }],
  ["without exposeHeadRoutes", { exposeHeadRoutes: false }],
])("a router %s", (_name, options) => {
  it("answers exactly its paths, with one trailing slash or none", async () => {
    const app = application(options);
    await app.register(fastifyHealth, { health: healthy() });
    await app.register(fastifyHealth, { health: healthy(), prefix: "/api/health" });
    for (const path of ["/health", "/health/", "/health/ready/", "/health/ready/database/", "/api/health", "/api/health/", "/api/health/live"]) {
      expect([path, await status(app, path), await status(app, path, "POST")]).toStrictEqual([path, 200, 405]);
    }
    for (const path of ["/HEALTH", "/Health/ready", "/healthz", "/health/x", "/health//", "//health", "/%68ealth"]) {
      expect([path, await status(app, path)]).toStrictEqual([path, 404]);
    }
    expect((await app.inject({ method: "HEAD", url: "/health/ready" })).headers["content-length"]).not.toBe("0");
  });
});

describe("a path", () => {
  it("may be the root of a prefix", async () => {
    const app = application();
    await app.register(fastifyHealth, { health: healthy(), prefix: "/healthz", path: "/" });
    for (const url of ["/healthz", "/healthz?exclude=a", "/healthz/", "/healthz/live"]) expect([url, await status(app, url)]).toStrictEqual([url, 200]);
  });

  it.each(["/caf%C3%A9", "/a%20b"])("may be percent-encoded: %s", async (path) => {
    const app = application();
    await app.register(fastifyHealth, { health: healthy(), path });
    for (const url of [path, `${path}/ready`, `${path}/ready/database`]) expect([url, await status(app, url)]).toStrictEqual([url, 200]);
  });
});

describe("a prefix", () => {
  it("may end in a slash", async () => {
    const app = application();
    await app.register(fastifyHealth, { health: healthy(), prefix: "/api/" });
    await app.register(fastifyHealth, { health: healthy(), prefix: "/internal/health/" });
    for (const url of ["/api/health", "/api/health/ready", "/internal/health/ready", "/internal/health/ready/database"]) {
      expect([url, await status(app, url)]).toStrictEqual([url, 200]);
    }
  });

  it("may hold parameters", async () => {
    const app = application();
    await app.register(fastifyHealth, { health: healthy(), prefix: "/:tenant/health" });
    await app.register(fastifyHealth, { health: healthy(), prefix: "/v1/:tenant" });
    for (const path of ["/acme/health", "/acme/health/", "/acme/health/ready?exclude=database", "/v1/acme/health/live", "/v1/acme/health/ready/database"]) {
      expect([path, await status(app, path)]).toStrictEqual([path, 200]);
    }
    expect(await status(app, "/v1/acme/health/other")).toBe(404);
  });

  it("is taken off an absolute request target", async () => {
    const app = application();
    await app.register(fastifyHealth, { health: healthy(), prefix: "/:tenant" });
    await app.register(fastifyHealth, { health: healthy(), prefix: "/healthz", path: "/" });
    await app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = app.server.address() as AddressInfo;
    for (const target of ["http://orders.example/acme/health/ready", "http://orders.example/healthz?u=http://a/healthz"]) {
      const pieces = await overSocket(port, `GET ${target} HTTP/1.1\r\nHost: orders.example\r\nConnection: close\r\n\r\n`);
      expect([target, pieces.join("").split("\r\n")[0]]).toStrictEqual([target, "HTTP/1.1 200 OK"]);
    }
    expect(await status(app, "/healthz/x?u=http://a/healthz")).toBe(404);
  });

  it("may stand around a plugin that registers it", async () => {
    const app = application();
    await app.register(async (scope) => void scope.register(fastifyHealth, { health: healthy(), path: "/status" }), { prefix: "/internal" });
    expect(await status(app, "/internal/status/ready")).toBe(200);
    expect(await status(app, "/status/ready")).toBe(404);
  });
});

describe("hooks", () => {
  it("get no say in the answer once it is made, and hear of it", async () => {
    const app = application();
    const heard: number[] = [];
    app.addHook("onSend", async (_request, reply, payload) => {
      reply.header("etag", '"x"').header("set-cookie", "a=b");
      return `${String(payload)} more`;
    });
    app.addHook("onResponse", async (_request, reply) => void heard.push(reply.statusCode));
    await app.register(fastifyHealth, { health: healthy() });
    const answer = await app.inject({ url: "/health/ready", headers: { "if-none-match": "*" } });
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({ status: "healthy" });
    expect(answer.headers).not.toHaveProperty("etag");
    expect(answer.headers).not.toHaveProperty("set-cookie");
    expect(heard).toStrictEqual([200]);
  });

  it("that guard in preHandler guard every report, while other methods are refused before their body is read", async () => {
    const app = application();
    const parsed: string[] = [];
    app.addHook("preParsing", async (request, _reply, payload) => {
      parsed.push(request.method);
      return payload;
    });
    app.addHook("preHandler", async (_request, reply) => reply.code(401).send("who are you?"));
    await app.register(fastifyHealth, { health: healthy() });
    for (const method of ["GET", "HEAD", "OPTIONS"] as const) {
      expect((await app.inject({ method, url: "/health/ready" })).statusCode).toBe(401);
    }
    parsed.length = 0;
    for (const method of ["POST", "PUT", "PATCH", "DELETE"] as const) {
      expect((await app.inject({ method, url: "/health/ready", payload: "{", headers: { "content-type": "application/json" } })).statusCode).toBe(405);
    }
    expect(parsed).toStrictEqual([]);
  });

  it("of a CORS plugin keep their headers and their preflights", async () => {
    const app = application();
    app.addHook("onRequest", async (request, reply) => {
      reply.header("access-control-allow-origin", "https://status.example");
      if (request.headers["access-control-request-method"]) return reply.code(204).send();
      return undefined;
    });
    await app.register(fastifyHealth, { health: healthy() });
    const answer = await app.inject("/health/ready");
    expect(answer.headers).toMatchObject({ "access-control-allow-origin": "https://status.example", "cache-control": "no-store, no-transform" });
    const headers = { "access-control-request-method": "GET" };
    expect((await app.inject({ method: "OPTIONS", url: "/health/ready", headers })).statusCode).toBe(204);
  });
});

it("refuses every method that Fastify supports", async () => {
  const app = application();
  app.addHttpMethod("PROPFIND", { hasBody: true });
  await app.register(fastifyHealth, { health: healthy() });
  const others = app.supportedMethods.filter((method) => !["GET", "HEAD", "OPTIONS"].includes(method));
  const statuses = others.map(async (method) => (await app.inject({ method: method as "POST", url: "/health" })).statusCode);
  expect(others).toContain("PROPFIND");
  expect(await Promise.all(statuses)).toStrictEqual(others.map(() => 405));
});

it("logs no probe with logLevel silent", async () => {
  const lines: string[] = [];
  const app = application({ logger: { stream: { write: (line: string) => void lines.push(line) } } });
  await app.register(fastifyHealth, { health: healthy(), logLevel: "silent" });
  app.get("/orders", () => "orders");
  for (const url of ["/health", "/health/ready", "/health/ready/database"]) await app.inject(url);
  expect(lines).toStrictEqual([]);
  await app.inject("/orders");
  expect(lines.length).toBeGreaterThan(0);
});

describe("close()", () => {
  const listening = async (app: FastifyInstance): Promise<number> => {
    await app.listen({ port: 0, host: "127.0.0.1" });
    return (app.server.address() as AddressInfo).port;
  };

  it("is not held up by a kept-alive connection whose probe it interrupts", async () => {
    const { health } = testHealth();
    const { check, settle } = scripted();
    const started = new Promise<void>((resolve) => {
      health.register("database", (context) => {
        resolve();
        return check(context);
      });
    });
    const app = fastify();
    const stopped = new Promise<void>((resolve) => app.server.on("close", () => resolve()));
    await app.register(fastifyHealth, { health });
    const port = await listening(app);
    const agent = new http.Agent({ keepAlive: true });
    const pending = overHttp(port, "/health/ready", {}, agent);
    await started;
    const closed = app.close();
    while (app.server.listening) await new Promise((resolve) => setImmediate(resolve));
    settle(true);
    const answer = await pending;
    expect([answer.status, answer.headers["connection"]]).toStrictEqual([200, "close"]);
    await Promise.all([closed, stopped]);
    agent.destroy();
  });

  it("lets live and ready be served until the end with return503OnClosing: false", async () => {
    const health = healthy();
    const app = fastify({ return503OnClosing: false });
    const seen: unknown[] = [];
    await app.register(fastifyHealth, { health });
    app.addHook("preClose", async () => {
      health.drain();
      for (const path of ["/health/live", "/health/ready"]) {
        const { status: code, headers } = await overHttp(port, path);
        seen.push([code, headers["connection"]]);
      }
    });
    const port = await listening(app);
    await app.close();
    expect(seen).toStrictEqual([[200, "close"], [503, "close"]]);
  });
});
