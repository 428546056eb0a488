// The service that is released: node:http, its probes under /health, and a shutdown that loses nothing.
// PORT and VERSION come from the environment; FAULT makes it a bad release, WITHOUT_SHUTDOWN=1 leaves the library's shutdown out.
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { createHealth } from "probekit";
import { httpHealth } from "probekit/http";
import { shutdownOnSignal } from "probekit/shutdown";
import { openFault } from "./support/fault.mjs";

const version = process.env.VERSION ?? "1.0.0";
const fault = openFault(process.env.FAULT);

const health = createHealth({ service: "orders", version, cacheMs: 100, errorCacheMs: 100 });
health.register("schema", () => fault.hasStarted(), { probes: ["startup"] });
health.register("database", () => fault.hasDatabase());

const answer = (response, status, text) => {
  response.writeHead(status, { "content-type": "text/plain", "content-length": Buffer.byteLength(text), "x-version": version });
  response.end(text);
};

const application = async (request, response) => {
  const url = new URL(request.url, "http://orders");
  request.resume(); // A body that nobody reads holds its connection.
  if (url.pathname === "/work") await delay(Math.min(Number(url.searchParams.get("ms")) || 0, 10_000));
  fault.countRequest();
  if (!fault.isAnswering() || !fault.hasDatabase()) return answer(response, 500, `${version} is broken\n`);
  answer(response, request.method === "POST" ? 201 : 200, `${version}\n`);
};

const server = createServer(httpHealth(health, { next: application }));
// Longer than a balancer keeps an idle connection: the balancer closes it, never this side while a request is on its way.
server.keepAliveTimeout = 65_000;

if (process.env.WITHOUT_SHUTDOWN !== "1") {
  shutdownOnSignal(health, server, {
    // Longer than the balancer takes to see three failed checks, or to load its configuration again.
    drainDelayMs: Number(process.env.DRAIN_DELAY_MS ?? 3000),
  });
}

// HOST=0.0.0.0 in a container: probes and balancers come from outside.
server.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? "127.0.0.1", () => {
  console.log(`${version} at http://${server.address().address}:${server.address().port}`);
});
