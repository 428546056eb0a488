// node:http and prom-client: /metrics beside /health. One run of a check feeds both; a scrape runs nothing.
import { createServer } from "node:http";
import { Redis } from "ioredis";
import { createHealth } from "probekit";
import { redisCheck } from "probekit/checks/redis";
import { httpHealth } from "probekit/http";
import { prometheusMetrics } from "probekit/prometheus";
import { shutdownOnSignal } from "probekit/shutdown";
import { collectDefaultMetrics, Registry } from "prom-client";

const redis = new Redis(process.env.REDIS_URL ?? "redis://127.0.0.1:6379", { maxRetriesPerRequest: null, retryStrategy: () => 500 });
redis.on("error", () => {}); // The check says it, once.

const health = createHealth({ service: "prometheus-example", version: "1.0.0" });
// In the background: metrics and probes are right though nobody asks.
health.register("redis", redisCheck(redis), { intervalMs: 1000 });

const registry = new Registry();
collectDefaultMetrics({ register: registry });
prometheusMetrics(health, { registry });

const app = async (request, response) => {
  if (request.url !== "/metrics") return response.end("hello\n");
  response.writeHead(200, { "Content-Type": registry.contentType }).end(await registry.metrics());
};

const server = createServer(httpHealth(health, { next: app }));
// On SIGTERM ready answers 503, and everything is served for a while: /metrics says draining.
const { onShutdown } = shutdownOnSignal(health, server, { drainDelayMs: Number(process.env.DRAIN_DELAY_MS ?? 5000) });
onShutdown("redis", () => redis.disconnect());

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
