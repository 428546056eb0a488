// One server in one process: `node servers.mjs <framework> <variant> [body length]`; prints its port.
// Variants: ours; bare, the framework's own handler that sends a constant of the same size with the same headers;
// terminus, the peer on node:http.
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { createHealth } from "probekit";

const path = "/health/ready";

const twoChecks = () => {
  const health = createHealth({ service: "bench", version: "1.0.0", logger: false });
  health.register("database", async () => true);
  health.register("redis", async () => true);
  return health;
};

const constant = async () => {
  const { createHandler } = await import("probekit");
  const { headers, body } = await createHandler(twoChecks())({ method: "GET", url: path, headers: {} });
  return { headers: { ...headers }, body };
};

/** Makes a server by framework and variant. */
export const servers = {
  http: {
    ours: async () => createServer((await import("probekit/http")).httpHealth(twoChecks())),
    bare: async () => {
      const { headers, body } = await constant();
      return createServer((request, response) => {
        response.writeHead(request.url === path ? 200 : 404, headers);
        response.end(body);
      });
    },
    terminus: async () => {
      const { createTerminus } = await import("@godaddy/terminus");
      const checks = [async () => true, async () => true];
      const server = createServer((_request, response) => response.end());
      createTerminus(server, {
        signals: [],
        healthChecks: { [path]: async () => ({ checks: await Promise.all(checks.map((check) => check())) }) },
      });
      return server;
    },
  },
  express: {
    ours: async () => {
      const app = (await import("express")).default();
      return createServer(app.use((await import("probekit/express")).expressHealth(twoChecks())));
    },
    bare: async () => {
      const app = (await import("express")).default();
      const { headers, body } = await constant();
      return createServer(app.get(path, (_request, response) => void response.set(headers).send(body)));
    },
  },
  fastify: {
    ours: async () => {
      const app = (await import("fastify")).default();
      await app.register((await import("probekit/fastify")).fastifyHealth, { health: twoChecks() });
      await app.ready();
      return app.server;
    },
    bare: async () => {
      const app = (await import("fastify")).default();
      const { headers, body } = await constant();
      app.get(path, (_request, reply) => void reply.headers(headers).send(body));
      await app.ready();
      return app.server;
    },
  },
  koa: {
    ours: async () => {
      const app = new (await import("koa")).default();
      return createServer(app.use((await import("probekit/koa")).koaHealth(twoChecks())).callback());
    },
    bare: async () => {
      const app = new (await import("koa")).default();
      const { headers, body } = await constant();
      app.use((context, next) => {
        if (context.path !== path) return next();
        context.set(headers);
        context.body = body;
      });
      return createServer(app.callback());
    },
  },
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [framework, variant] = process.argv.slice(2);
  const server = await servers[framework][variant]();
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
}
