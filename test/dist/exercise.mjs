// Plain node: a health of one copy of the package behind the adapters of another, over real sockets.
// `node exercise.mjs <esm|cjs: the core> <esm|cjs: adapters and checks>` prints what each server answered.
import { createServer } from "node:http";
import { createRequire } from "node:module";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import Koa from "koa";

const [coreKind, adapterKind] = process.argv.slice(2);
const loader = (kind) => (kind === "esm" ? (name) => import(name) : createRequire(import.meta.url));
const core = await loader(coreKind)("probekit");
const load = loader(adapterKind);

const { expressHealth } = await load("probekit/express");
const { fastifyHealth } = await load("probekit/fastify");
const { fetchHealth } = await load("probekit/fetch");
const { httpHealth } = await load("probekit/http");
const { koaHealth } = await load("probekit/koa");
const { nextHealth } = await load("probekit/next");
const { redisCheck } = await load("probekit/checks/redis");

const client = { isOpen: true, isReady: true, ping: async () => "PONG", on: () => {}, removeListener: () => {} };
const health = core.createHealth({ service: "dist", logger: false });
health.register("redis", redisCheck(client));
health.register("queue", () => ({ status: "warn" }), { critical: false });

const listener = {
  http: () => httpHealth(health),
  express4: () => express4().use(expressHealth(health)),
  express5: () => express().use(expressHealth(health)),
  koa: () => new Koa().use(koaHealth(health)).callback(),
};

const summary = async (response) => {
  const { status, causes, checks } = await response.json();
  return `${response.status} ${status} ${causes} ${Object.values(checks).map((check) => check.status)}`;
};

const ask = async (server) => {
  if (!server.listening) await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const answer = await summary(await fetch(`http://127.0.0.1:${server.address().port}/health/ready`));
  server.closeAllConnections();
  server.close();
  return answer;
};

const answers = { report: (await health.report("ready")).status };
for (const [name, make] of Object.entries(listener)) answers[name] = await ask(createServer(make()));

const app = fastify();
await app.register(fastifyHealth, { health });
await app.listen({ port: 0, host: "127.0.0.1" });
answers.fastify = await ask(app.server);

const request = new Request("http://127.0.0.1/health/ready");
answers.fetch = await summary(await fetchHealth(health)(request));
answers.next = await summary(await nextHealth(health).GET(request, { params: Promise.resolve({ probe: ["ready"] }) }));

const codeOf = (action) => {
  try {
    action();
  } catch (error) {
    return core.isHealthError(error) ? error.code : `not a HealthError: ${error}`;
  }
  return "nothing was thrown";
};
answers.badMount = codeOf(() => httpHealth(health, { path: "no-slash" }));
answers.badHealth = codeOf(() => httpHealth({}));
answers.badClient = codeOf(() => redisCheck({}));
await health.close();
console.log(JSON.stringify(answers));
