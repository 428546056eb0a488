import type { Server } from "node:http";
import type { Http2Server } from "node:http2";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { fastifyHealth } from "probekit/fastify";
import type { Driver, Running, Setting, Told } from "../driver.js";

const early = (told: Told) => async (request: FastifyRequest, reply: FastifyReply) => {
  reply.header("x-app", "early");
  if (!request.headers["x-timeout"]) return;
  told.timeOuts.push(() => void reply.code(504).send("timed out"));
  setImmediate(() => told.waiting());
};

const guard = async (request: FastifyRequest, reply: FastifyReply) => {
  if (request.headers.authorization === undefined) return reply.code(401).send("who are you?");
  return undefined;
};

const last = (request: FastifyRequest, reply: FastifyReply) =>
  reply.code(404).send(`next ${request.method} ${request.url} ${JSON.stringify(request.body) ?? ""}`);

const failed = (told: Told) => (error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
  told.errors.push(error);
  void reply.code(500).send("framework error");
};

const furnish = async (app: FastifyInstance, setting: Setting, told: Told): Promise<void> => {
  app.addHook("onRequest", early(told));
  app.setErrorHandler(failed(told));
  if (setting.guard === "before") app.addHook("preHandler", guard);
  for (const { health, options, at } of setting.mounts) {
    await app.register(fastifyHealth, { ...options, health, ...(at === undefined ? {} : { prefix: at }) });
  }
  if (setting.guard === "after") app.setNotFoundHandler({ preHandler: guard }, last);
  else app.setNotFoundHandler(last);
  app.route({ method: ["POST"], url: "/echo", handler: last });
};

const running = async (app: FastifyInstance, setting: Setting, told: Told): Promise<Running> => {
  await furnish(app, setting, told);
  await app.listen({ port: 0, host: "127.0.0.1" });
  return { server: app.server as Server | Http2Server, close: async () => void (await app.close()) };
};

const common = {
  malformedPath: 400,
  token: (request: unknown) => (request as FastifyRequest).headers["x-token"]?.toString(),
} as const;

export const fastifyDriver: Driver = {
  ...common,
  name: "Fastify 5",
  protocol: "HTTP/1",
  start: (setting, told) => running(fastify(), setting, told),
};

export const fastifyHttp2Driver: Driver = {
  ...common,
  name: "Fastify 5 on HTTP/2",
  protocol: "HTTP/2",
  start: (setting, told) => running(fastify({ http2: true }) as unknown as FastifyInstance, setting, told),
};
