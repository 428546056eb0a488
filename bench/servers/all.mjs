// One server in one process: `node servers/all.mjs <framework> <variant> <checks>`; prints the URL.
// On the message "cpu" it answers with the microseconds of CPU that it has taken.
import { fileURLToPath } from "node:url";
import { variants as express } from "./express.mjs";
import { variants as fastify } from "./fastify.mjs";
import { variants as http } from "./http.mjs";
import { variants as koa } from "./koa.mjs";
import { path } from "./subject.mjs";

/** Every server by framework and variant: ours, limit, habit and the peers. */
export const servers = { http, express, fastify, koa };

/** The variants of a framework that are neither ours nor a baseline. */
export const peersOf = (framework) => Object.keys(servers[framework]).filter((variant) => !["ours", "limit", "habit", "application"].includes(variant));

/** Peers that answer a constant, whatever their checks say. */
export const checkless = ["lightship", "express-actuator", "fastify-healthcheck"];

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [framework, variant, checks] = process.argv.slice(2);
  const server = await servers[framework][variant](Number(checks));
  const at = { lightship: "/ready", application: "/application" }[variant] ?? path;
  const tell = () => console.log(`http://127.0.0.1:${server.address().port}${at}`);
  if (server.listening) tell();
  else server.listen(0, "127.0.0.1", tell);
  process.on("message", () => {
    const { user, system } = process.cpuUsage();
    process.send(user + system);
  });
}
