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
import { bullmqCheck } from "probekit/checks/bullmq";
import { directoryCheck } from "probekit/checks/directory";
import { diskCheck } from "probekit/checks/disk";
import { drizzleCheck } from "probekit/checks/drizzle";
import { eventLoopCheck } from "probekit/checks/event-loop";
import { fileCheck } from "probekit/checks/file";
import { fileDescriptorsCheck } from "probekit/checks/file-descriptors";
import { heapCheck } from "probekit/checks/heap";
import { kyselyCheck } from "probekit/checks/kysely";
import { mysql2Check } from "probekit/checks/mysql2";
import { openFeatureCheck } from "probekit/checks/open-feature";
import { pgCheck } from "probekit/checks/pg";
import { prismaCheck } from "probekit/checks/prisma";
import { rssCheck } from "probekit/checks/rss";
import { sequelizeCheck } from "probekit/checks/sequelize";
import { sqliteCheck } from "probekit/checks/sqlite";
import { typeormCheck } from "probekit/checks/typeorm";
import { dnsCheck } from "probekit/checks/dns";
import { elasticsearchCheck } from "probekit/checks/elasticsearch";
import { grpcCheck } from "probekit/checks/grpc";
import { httpCheck } from "probekit/checks/http";
import { kafkaCheck } from "probekit/checks/kafka";
import { mongodbCheck } from "probekit/checks/mongodb";
import { mqttCheck } from "probekit/checks/mqtt";
import { natsCheck } from "probekit/checks/nats";
import { rabbitmqCheck } from "probekit/checks/rabbitmq";
import { tcpCheck } from "probekit/checks/tcp";
import { tlsCheck } from "probekit/checks/tls";
import { grpcHealth } from "probekit/grpc";
import { haproxyAgent } from "probekit/haproxy-agent";
import { nextServer, shutdownOnSignal, type Shutdown, type ShutdownReport } from "probekit/shutdown";
import { openTelemetryMetrics } from "probekit/opentelemetry";
import { prometheusMetrics } from "probekit/prometheus";
import { fakeClock, runCheck } from "probekit/testing";
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

health.register("heap", heapCheck({ warnAt: 0.8, errorAt: undefined }));
health.register("disk", diskCheck("/var/lib", { warnBelowBytes: 1_000_000 }));
health.register("heartbeat", fileCheck("/run/worker", { maxAgeMs: 60_000 }));
health.pause("heap");
health.on("result", ({ name, latencyMs }) => console.log(name, latencyMs));
health.on("registration", ({ name, registered }) => console.log(name, registered));
health.on("lifecycle", ({ lifecycle, previousLifecycle }) => console.log(lifecycle, previousLifecycle));
export const agent = haproxyAgent(health, { degradedWeight: (current) => (current.causes.length > 1 ? 25 : 50) });
export const said = runCheck(rssCheck(), { timeoutMs: 50 });
export const clock = fakeClock();
health.register("payments", httpCheck(new URL("https://payments/livez"), { expectedStatus: [200, { from: 400, to: 404 }], expectedBody: /ok/ }));
health.register("certificate", tlsCheck("shop.example.org", 443, { warnAtDays: 30 }), { intervalMs: 3_600_000 });
health.register("smtp", tcpCheck("mail.internal", 25, { expect: "220 " }));
health.register("mx", dnsCheck("example.org", { type: "MX", servers: ["10.0.0.2:53"] }));
export const others = { bullmqCheck, directoryCheck, drizzleCheck, elasticsearchCheck, eventLoopCheck, fileDescriptorsCheck, grpcCheck, grpcHealth, kafkaCheck, kyselyCheck, mongodbCheck, mqttCheck, mysql2Check, natsCheck, openFeatureCheck, openTelemetryMetrics, pgCheck, prismaCheck, prometheusMetrics, rabbitmqCheck, sequelizeCheck, sqliteCheck, typeormCheck };

// @ts-expect-error an option that does not exist
health.register("wrong", () => true, { critcal: false });
// @ts-expect-error a check that is none
health.register("wrong", 1);
// @ts-expect-error a level that does not exist
expressHealth(health, { details: "everything" });

const leaving: Shutdown = shutdownOnSignal(health, [createServer(listener), nextServer()], { drainDelayMs: 8000, onShutdown: [async () => {}, { name: "pool", run: () => {} }] });
leaving.onShutdown("queue", (reason) => console.log(reason), { timeoutMs: 1000 })();
export const left: Promise<ShutdownReport> = leaving.shutdown("a test");
