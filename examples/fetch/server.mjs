// A fetch server: Hono here; Bun.serve, Deno.serve and SvelteKit hand over the same Request.
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { createHealth } from "probekit";
import { fetchHealth } from "probekit/fetch";

const health = createHealth({ service: "fetch-example" });
health.register("orders", async ({ signal }) => !signal.aborted);

const probes = fetchHealth(health);

const app = new Hono();
app.use(async (context, next) => (await probes(context.req.raw)) ?? next());
app.get("/", (context) => context.text("hello\n"));

const server = serve({ fetch: app.fetch, port: Number(process.env.PORT ?? 3000), hostname: "127.0.0.1" }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});

process.once("SIGTERM", async () => {
  health.drain();
  await health.close();
  server.close();
});
