// A service that calls for its own shutdown.
import { createServer } from "node:http";
import { createHealth } from "probekit";
import { shutdownOnSignal } from "probekit/shutdown";

const server = createServer();
const health = createHealth({ logger: ({ message }) => console.log(message) });
const { shutdown } = shutdownOnSignal(health, server, { drainDelayMs: 1000 });
server.listen(0, "127.0.0.1", () => {
  console.log(`ready ${process.pid}`);
  void shutdown("by hand");
});
