// Koa 3; no peer that is kept mounts in it.
import { createServer } from "node:http";
import { answerOf, habitHeaders, healthOf, path } from "./subject.mjs";

const served = async (middleware) => {
  const app = new (await import("koa")).default();
  return createServer(app.use(middleware).callback());
};

export const variants = {
  ours: async (count) => served((await import("probekit/koa")).koaHealth(healthOf(count))),
  limit: async (count) => {
    const { headers, bytes } = await answerOf(count);
    return served((context, next) => {
      if (context.path !== path) return next();
      context.respond = false;
      context.res.writeHead(200, headers);
      context.res.end(bytes);
    });
  },
  habit: async (count) => {
    const { headers, body } = await answerOf(count);
    const [report, others] = [JSON.parse(body), habitHeaders(headers)];
    return served((context, next) => {
      if (context.path !== path) return next();
      context.set(others);
      context.body = report;
    });
  },
};
