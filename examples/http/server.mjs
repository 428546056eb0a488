// node:http without a framework, with Kubernetes' own names for the probes and a startup that the service declares itself.
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { createHealth } from "probekit";
import { httpHealth } from "probekit/http";

const health = createHealth({ service: "http-example", startup: "manual" });
health.register("event-loop", () => true, { probes: ["live"] });

const application = (_request, response) => response.end("hello\n");

const paths = { live: "/livez", ready: "/readyz", startup: "/startupz" };
const server = createServer(httpHealth(health, { path: "/healthz", paths, next: application }));

server.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", async () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
  await delay(Number(process.env.WARM_UP_MS ?? 0)); // caches, migrations …
  health.markStarted();
});

process.once("SIGTERM", async () => {
  health.drain();
  await health.close();
  server.close();
});
