// Koa: public probes show names and states; the internal mount shows everything, under another path.
import Koa from "koa";
import { createHealth } from "probekit";
import { koaHealth } from "probekit/koa";

const health = createHealth({ service: "koa-example" });
health.register("orders", async () => ({ status: "warn", message: "queue is long" }), { critical: false });

const app = new Koa();
app.use(koaHealth(health));
app.use(koaHealth(health, { path: "/internal/health", details: "full" }));
app.use((context) => {
  context.body = "hello\n";
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});

process.once("SIGTERM", async () => {
  health.drain();
  await health.close();
  server.close();
});
