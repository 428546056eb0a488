// The service that real probers ask: one critical check, which the parent breaks and mends by message, on node:http.
// One port has the probes under /health, the other has everything at /, which is all that HAProxy asks for by default.
import { createServer } from "node:http";
import { createHealth } from "probekit";
import { httpHealth } from "probekit/http";

let isUp = true;
const health = createHealth({ service: "probed", cacheMs: 50, errorCacheMs: 50, logger: false });
health.register("database", () => isUp);

const orders = {
  break: () => (isUp = false),
  mend: () => (isUp = true),
  drain: () => health.drain(),
};

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));

process.on("message", (order) => {
  orders[order]();
  process.send(order);
});
process.on("disconnect", () => process.exit());

const port = await listen(createServer(httpHealth(health)));
const rootPort = await listen(createServer(httpHealth(health, { path: "/" })));
process.send({ port, rootPort });
