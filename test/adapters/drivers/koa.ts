import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { text } from "node:stream/consumers";
import Koa, { type Context, type Middleware } from "koa";
import koa2 from "koa2";
import mount from "koa-mount";
import { koaHealth } from "probekit/koa";
import type { Driver, Setting, Told } from "../driver.js";

const early = (told: Told): Middleware => async (ctx, next) => {
  ctx.set("x-app", "early");
  if (!ctx.get("x-timeout")) return next();
  const late = new Promise<string>((resolve) => told.timeOuts.push(() => resolve("timed out")));
  const first = Promise.race([next(), late]);
  told.waiting();
  if ((await first) !== "timed out") return;
  ctx.status = 504;
  ctx.body = "timed out";
};

const guard: Middleware = (ctx, next) => {
  if (ctx.get("authorization")) return next();
  ctx.status = 401;
  ctx.body = "who are you?";
  return undefined;
};

const bodies: Middleware = async (ctx, next) => {
  const body = await text(ctx.req);
  if (body !== "") ctx["parsed"] = JSON.parse(body);
  return next();
};

const last: Middleware = (ctx) => {
  ctx.status = 404;
  ctx.body = `next ${ctx.method} ${ctx.originalUrl} ${JSON.stringify(ctx["parsed"]) ?? ""}`;
};

const application = (Make: typeof Koa, setting: Setting, told: Told): Koa => {
  const app = new Make();
  app.on("error", (error: unknown) => told.errors.push(error));
  app.use(early(told));
  if (setting.bodies === "before") app.use(bodies);
  if (setting.guard === "before") app.use(guard);
  for (const { health, options, at } of setting.mounts) {
    app.use(at === undefined ? koaHealth(health, options) : mount(at, koaHealth(health, options)));
  }
  if (setting.bodies === "after") app.use(bodies);
  if (setting.guard === "after") app.use(guard);
  return app.use(last);
};

const common = {
  malformedPath: 404,
  token: (request: unknown) => (request as Context).get("x-token"),
} as const;

const driver = (name: string, make: typeof Koa): Driver => ({
  ...common,
  name,
  protocol: "HTTP/1",
  start: async (setting, told) => ({ server: createServer(application(make, setting, told).callback()) }),
});

export const koa3Driver = driver("Koa 3", Koa);
export const koa2Driver = driver("Koa 2", koa2);
export const koaHttp2Driver: Driver = {
  ...common,
  name: "Koa 3 on HTTP/2",
  protocol: "HTTP/2",
  start: async (setting, told) => ({ server: createHttp2Server(application(Koa, setting, told).callback()) }),
};
