import type { Server } from "node:http";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { fetchHealth } from "probekit/fetch";
import type { Answer, Sent } from "../client.js";
import type { Driver, Setting, Told } from "../driver.js";

type Handler = (request: Request) => Response | Promise<Response> | undefined;

const mounted = ({ mounts }: Setting): Handler => {
  const handlers = mounts.map(({ health, options }) => fetchHealth(health, options));
  return (request) => {
    for (const handler of handlers) {
      const answer = handler(request);
      if (answer !== undefined) return answer;
    }
    return undefined;
  };
};

const refused = (request: Request): Response | undefined =>
  request.headers.has("authorization") ? undefined : new Response("who are you?", { status: 401 });

const last = async (request: Request, bodies: Setting["bodies"]): Promise<Response> => {
  const body = bodies === undefined ? "" : await request.text();
  const url = new URL(request.url);
  return new Response(`next ${request.method} ${url.pathname}${url.search} ${body}`, { status: 404 });
};

const held = (answer: Response | Promise<Response>, told: Told): Promise<Response> => {
  const late = new Promise<Response>((resolve) => told.timeOuts.push(() => resolve(new Response("timed out", { status: 504 }))));
  queueMicrotask(() => told.waiting());
  return Promise.race([answer, late]);
};

const application = (setting: Setting, told: Told): ((request: Request) => Response | Promise<Response>) => {
  const health = mounted(setting);
  return (request) => {
    const stopped = setting.guard === "before" ? refused(request) : undefined;
    if (stopped !== undefined) return stopped;
    const answer = health(request);
    if (answer !== undefined) return request.headers.has("x-timeout") ? held(answer, told) : answer;
    return (setting.guard === "after" ? refused(request) : undefined) ?? last(request, setting.bodies);
  };
};

const read = async (response: Response): Promise<Answer> => ({
  status: response.status,
  headers: Object.fromEntries(response.headers),
  body: await response.text(),
});

const asked = (path: string, { method = "GET", headers = {}, body }: Sent = {}): Request =>
  new Request(`http://127.0.0.1${path}`, { method, headers, ...(body === undefined ? {} : { body }) });

const common = {
  malformedPath: 404,
  token: (request: unknown) => (request as Request).headers.get("x-token") ?? undefined,
} as const;

export const fetchDriver: Driver = {
  ...common,
  name: "fetch",
  protocol: "none",
  start: async (setting, told) => {
    const answer = application(setting, told);
    return { send: async (path, sent) => read(await answer(asked(path, sent))) };
  },
};

const hono = (setting: Setting, told: Told): Hono => {
  const app = new Hono();
  const health = mounted(setting);
  app.onError((error, c) => {
    told.errors.push(error);
    return c.text("framework error", 500);
  });
  if (setting.guard === "before") app.use(async (c, next) => refused(c.req.raw) ?? (await next()));
  app.use(async (c, next) => {
    const answer = health(c.req.raw);
    if (answer === undefined) return next();
    return c.req.header("x-timeout") === undefined ? answer : held(answer, told);
  });
  if (setting.guard === "after") app.use(async (c, next) => refused(c.req.raw) ?? (await next()));
  app.all("*", (c) => last(c.req.raw, setting.bodies));
  return app;
};

export const honoDriver: Driver = {
  ...common,
  name: "Hono on Node",
  protocol: "HTTP/1",
  // Without a hostname, Hono's server refuses a request that has no Host.
  start: async (setting, told) => ({
    server: createAdaptorServer({ fetch: hono(setting, told).fetch, hostname: "127.0.0.1" }) as Server,
  }),
};
