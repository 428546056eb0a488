// A real Express service with a database, Redis and somebody else's API, and a switch to break each of them.
import { createHealth } from "probekit";
import { knexCheck } from "probekit/checks/knex";
import { redisCheck } from "probekit/checks/redis";
import { expressHealth } from "probekit/express";
import express from "express";
import { setTimeout as delay } from "node:timers/promises";
import { openDependencies } from "./dependencies.mjs";

const dependencies = await openDependencies();
const { database, redis, payments } = dependencies;

const health = createHealth({ service: "demo", version: "1.0.0" });
health.register("database", knexCheck(database.client));
health.register("redis", redisCheck(redis.client));
health.register("payments", async ({ signal }) => {
  const response = await fetch(payments.url, { signal });
  await response.body?.cancel(); // A body that nobody reads keeps its connection.
  return response.ok;
}, { critical: false, timeoutMs: 300 });

const broken = new Set();
const toggle = async (name) => {
  const dependency = dependencies[name];
  if (broken.delete(name)) await dependency.mend();
  else {
    broken.add(name);
    await dependency.break();
  }
  return `${name} is ${broken.has(name) ? "broken" : "mended"}`;
};

const app = express();
app.use(expressHealth(health));
app.get("/", async (_request, response) => {
  await database.client.raw("SELECT 1");
  response.send("an order\n");
});
// A switch like this belongs into no real service.
app.post("/toggle/:name", async (request, response) => {
  const known = Object.hasOwn(dependencies, request.params.name);
  response.status(known ? 200 : 404).send(known ? `${await toggle(request.params.name)}\n` : "no such dependency\n");
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1");
server.once("error", (error) => {
  console.error(`demo: ${error.message} (set PORT to another one)`);
  process.exit(1);
});

const ask = async (path) => {
  const response = await fetch(`http://127.0.0.1:${server.address().port}${path}`);
  const { status, causes } = await response.json();
  return `  ${response.status}  ${path.padEnd(24)} ${status}${causes.length > 0 ? `, because of ${causes.join(" and ")}` : ""}`;
};

const show = async () => {
  for (const path of ["/health/live", "/health/ready", "/health/startup", "/health", "/health/ready/database"]) console.log(await ask(path));
};

const keys = { d: "database", r: "redis", p: "payments" };

const usage = (base) => `
  Break a dependency and look again a second later (a good result is reused for that long); the same once more mends it:
${Object.entries(keys).map(([key, name]) => `    ${process.stdin.isTTY ? `${key}  or  ` : ""}curl -X POST ${base}/toggle/${name}`).join("\n")}
    curl -i ${base}/health/ready
  ${process.stdin.isTTY ? "d, r, p: break or mend · s: show again · x: drain · q: quit" : "Ctrl-C ends it."}
`;

const stop = async () => {
  await health.close();
  server.close();
  server.closeAllConnections();
  payments.close();
  await database.client.destroy();
  redis.client.disconnect();
  process.exit(0);
};

const press = async (key) => {
  if (key === "q" || key === "\u0003") return stop();
  if (key === "x") health.drain();
  if (keys[key]) console.log(`\n  ${await toggle(keys[key])}`);
  if (keys[key]) await delay(1000); // A good result is reused for that long.
  if (keys[key] || key === "s" || key === "x") await show();
};

server.once("listening", async () => {
  const base = `http://127.0.0.1:${server.address().port}`;
  console.log(`\n  probekit's demo at ${base}`);
  for (const [name, { kind }] of Object.entries(dependencies)) console.log(`    ${name.padEnd(9)} ${kind}`);
  console.log();
  await show();
  console.log(usage(base));
  if (!process.stdin.isTTY) return;
  process.stdin.setRawMode(true).setEncoding("utf8").on("data", async (typed) => {
    for (const key of typed) await press(key);
  });
});
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
