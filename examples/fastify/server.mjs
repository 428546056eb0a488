// Fastify: a plugin; its routes log warnings and errors only, so that probes do not flood the request log.
import Fastify from "fastify";
import { createHealth } from "probekit";
import { fastifyHealth } from "probekit/fastify";

const app = Fastify({ logger: { level: process.env.LOG_LEVEL ?? "warn" } });

const health = createHealth({ service: "fastify-example", logger: ({ level, ...entry }) => app.log[level](entry) });
health.register("orders", async () => true);

await app.register(fastifyHealth, { health, logLevel: "warn" });
app.get("/", async () => "hello\n");

console.log(await app.listen({ port: Number(process.env.PORT ?? 3000), host: "127.0.0.1" }));

process.once("SIGTERM", async () => {
  health.drain();
  await app.close();
  await health.close();
});
