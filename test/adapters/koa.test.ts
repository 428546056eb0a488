import { createServer } from "node:http";
import Router from "@koa/router";
import Koa, { type Middleware } from "koa";
import koa2 from "koa2";
import mount from "koa-mount";
import { koaHealth } from "probekit/koa";
import { describe, expect, it } from "vitest";
import { testHealth } from "../support/scripted.js";
import { overHttp } from "./client.js";
import { listen } from "./listen.js";

describe.each([
  ["Koa 3", Koa],
  ["Koa 2", koa2],
])("%s", (_name, Make) => {
  const healthy = () => {
    const { health } = testHealth();
    health.register("database", () => true);
    return health;
  };
  const serve = (...middleware: Middleware[]): Promise<number> => {
    const app = new Make();
    for (const each of middleware) app.use(each);
    return listen(createServer(app.callback()));
  };

  it("keeps its answer whatever an outer middleware makes of the context afterwards", async () => {
    const seen: unknown[] = [];
    const meddle: Middleware = async (ctx, next) => {
      await next();
      seen.push(ctx.status, ctx.fresh);
      ctx.status = 304;
      ctx.body = null;
      ctx.set("etag", '"x"');
    };
    const port = await serve(meddle, koaHealth(healthy()));
    for (const method of ["GET", "HEAD"]) {
      const answer = await overHttp(port, "/health/ready", { method, headers: { "if-none-match": "*" } });
      expect(answer.status).toBe(200);
      expect(answer.headers).not.toHaveProperty("etag");
      expect(Number(answer.headers["content-length"])).toBeGreaterThan(10);
    }
    expect(seen).toStrictEqual([200, true, 200, true]);
  });

  it("lets an outer middleware wait for an answer that takes a run", async () => {
    const seen: number[] = [];
    const { health } = testHealth();
    health.register("database", () => Promise.resolve(false));
    const port = await serve(async (ctx, next) => {
      await next();
      seen.push(ctx.status);
    }, koaHealth(health));
    await overHttp(port, "/health/ready");
    expect(seen).toStrictEqual([503]);
  });

  it("mounts in an application inside an application", async () => {
    const inner = new Make();
    inner.use(mount("/health", koaHealth(healthy())));
    const port = await serve(mount("/api", inner));
    const statuses = ["/api/health", "/api/health/ready/", "/api/health/ready?exclude=database", "/api/health/health", "/health"].map(
      async (path) => (await overHttp(port, path)).status,
    );
    expect(await Promise.all(statuses)).toStrictEqual([200, 200, 200, 404, 404]);
  });

  it("is not misled by a mount that a request has passed through", async () => {
    const passed = mount("/api/health", (_ctx, next) => next());
    const port = await serve(passed, koaHealth(healthy(), { path: "/api/health" }));
    expect((await overHttp(port, "/api/health/ready?x=1")).status).toBe(200);
  });

  it("takes the whole path beside and inside @koa/router", async () => {
    const router = new Router({ prefix: "/api" });
    router.all("/health{/*probe}", koaHealth(healthy(), { path: "/api/health" }));
    router.get("/orders", (ctx) => void (ctx.body = "orders"));
    const port = await serve(koaHealth(healthy(), { path: "/v2/health" }), router.routes(), router.allowedMethods());
    const asked = [["GET", "/api/health"], ["GET", "/api/health/ready"], ["OPTIONS", "/api/health/ready"], ["POST", "/api/health/ready"], ["GET", "/v2/health/live"], ["GET", "/api/orders"], ["GET", "/api/health/x"]] as const;
    const statuses = asked.map(async ([method, path]) => (await overHttp(port, path, { method })).status);
    expect(await Promise.all(statuses)).toStrictEqual([200, 200, 200, 405, 200, 200, 404]);
  });
});
