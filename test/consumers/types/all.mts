// Every subpath's types as an application uses them; compiled, never run.
import { createServer, type IncomingMessage } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import express from "express";
import { fastify } from "fastify";
import { Redis } from "ioredis";
import knex from "knex";
import { createClient } from "redis";
import { createHandler, createHealth, isHealthError, type ChangeEvent, type Health, type LogEntry, type MountOptions, type Report } from "probekit";
import { knexCheck } from "probekit/checks/knex";
import { redisCheck } from "probekit/checks/redis";
import { expressHealth } from "probekit/express";
import { fastifyHealth } from "probekit/fastify";
import { fetchHealth } from "probekit/fetch";
import { httpHealth } from "probekit/http";
import { nextApiHealth, nextHealth, sharedHealth } from "probekit/next";

export const entries: LogEntry[] = [];
export const health: Health = createHealth({ service: "typed", logger: (entry) => entries.push(entry) });
health.register("database", knexCheck(knex({ client: "pg" }), { onPoolExhausted: "error" }));
health.register("ioredis", redisCheck(new Redis({ lazyConnect: true })), { critical: false, probes: ["ready", "startup"] });
health.register("node-redis", redisCheck(createClient()), { intervalMs: 5000, failureThreshold: 3 });
health.register("own", async ({ signal, name }) => ({ status: signal.aborted ? "error" : "ok", message: name }));

export const unsubscribe: () => void = health.on("change", (event: ChangeEvent) => console.log(event.name, event.lastedMs));
export const report: Promise<Report> = health.report("ready");
export const code = (error: unknown) => (isHealthError(error) ? error.code : undefined);

const internal: MountOptions = { details: "full", statusCodes: { degraded: 429 }, paths: { live: "/livez" } };
export const handle = createHandler(health, internal);
export const middleware = expressHealth(health, { details: (request) => (request.secure ? "full" : "none") });
export const listener = httpHealth(health, { next: (_request, response) => response.end() });
export const probes = fetchHealth(health, { details: (request) => (request.headers.has("x-internal") ? "full" : "none") });
export const { GET, HEAD, OPTIONS } = nextHealth(health);
export const api = nextApiHealth(health, { details: (request) => (request.socket.remoteAddress === "::1" ? "full" : "none") });
export const shared = sharedHealth("typed", () => health);

express().use(middleware).use("/internal", expressHealth(health, internal));
createServer(listener);
createServer(httpHealth(health, { details: (request: IncomingMessage) => (request.url ? "full" : "none") }));
createHttp2Server(httpHealth<Http2ServerRequest, Http2ServerResponse>(health, { details: (request) => (request.authority ? "full" : "none") }));
await fastify().register(fastifyHealth, { health, prefix: "/api", logLevel: "warn", details: (request) => (request.ip ? "full" : "none") });

// @ts-expect-error an option that does not exist
health.register("wrong", () => true, { critcal: false });
// @ts-expect-error a check that is none
health.register("wrong", 1);
// @ts-expect-error a level that does not exist
expressHealth(health, { details: "everything" });
