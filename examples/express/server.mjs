// Express: one line mounts the probes, before everything that could refuse them.
import express from "express";
import { createHealth } from "probekit";
import { expressHealth } from "probekit/express";

const health = createHealth({ service: "express-example", version: "1.0.0" });
health.register("orders", async () => ({ status: "ok", data: { open: 3 } }));

const app = express();
app.use(expressHealth(health));
app.use(express.json());
app.get("/", (_request, response) => response.send("hello\n"));

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});

process.once("SIGTERM", async () => {
  health.drain();
  await health.close();
  server.close();
});
