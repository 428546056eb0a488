// A cluster of two; SIGUSR2 asks the worker that has the slow request to end.
import cluster from "node:cluster";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHealth } from "probekit";
import { shutdownOnSignal } from "probekit/shutdown";

if (cluster.isPrimary) {
  const workers = [cluster.fork(), cluster.fork()];
  let listening = 0;
  cluster.on("message", (worker, message: unknown) => {
    if (typeof message === "number" && ++listening === 2) console.log(`ready ${process.pid} ${message}`);
    if (message !== "slow") return;
    process.once("SIGUSR2", () => worker.process.kill("SIGTERM"));
    worker.on("exit", (code) => {
      console.log(`worker ended with ${code}`);
      for (const each of workers) each.process.kill("SIGKILL");
    });
    console.log("worker got /slow");
  });
} else {
  const server = createServer((_, response) => {
    process.send?.("slow");
    process.once("SIGTERM", () => void setTimeout(() => response.end("slow"), 300));
  });
  shutdownOnSignal(createHealth({ logger: false }), server, { drainDelayMs: 100 });
  server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port));
}
