// Fastify 5. The baselines have the paths that ours has: a tree of one route is looked up in 2,200 instructions less.
import { answerOf, habitHeaders, healthOf, namesOf, path } from "./subject.mjs";

const served = async (register) => {
  const app = (await import("fastify")).default();
  await register(app);
  await app.ready();
  return app.server;
};

const paths = ["", "/live", "/ready", "/startup"].map((probe) => `/health${probe}`);

/** One handler at each of our paths. */
const atEach = (handler) => served((app) => paths.forEach((each) => app.get(each, handler)));

export const variants = {
  ours: (count) => served(async (app) => app.register((await import("probekit/fastify")).fastifyHealth, { health: healthOf(count) })),
  limit: async (count) => {
    const { headers, bytes } = await answerOf(count);
    return atEach((_request, reply) => {
      reply.hijack();
      reply.raw.writeHead(200, headers);
      reply.raw.end(bytes);
    });
  },
  habit: async (count) => {
    const { headers, body } = await answerOf(count);
    const [report, others] = [JSON.parse(body), habitHeaders(headers)];
    return atEach(async (_request, reply) => {
      reply.headers(others);
      return report;
    });
  },
  "@fastify/under-pressure": async (count) => {
    const { default: pressure } = await import("@fastify/under-pressure");
    const checks = namesOf(count).map(() => async () => true);
    return served((app) =>
      app.register(pressure, {
        exposeStatusRoute: path,
        healthCheck: async () => (await Promise.all(checks.map((check) => check()))).every(Boolean),
      }),
    );
  },
  // It runs no checks.
  "fastify-healthcheck": async () => {
    const { default: healthcheck } = await import("fastify-healthcheck");
    return served((app) => app.register(healthcheck, { healthcheckUrl: path }));
  },
};
