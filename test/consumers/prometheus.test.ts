import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { createHealth } from "probekit";
import { prometheusMetrics } from "probekit/prometheus";
import { Registry, type OpenMetricsContentType } from "prom-client";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingPrometheus, prometheusServer, type Prometheus } from "../support/real/prometheus.js";
import { missingRedis, redisServer } from "../support/real/redis.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { root, type Served } from "./support/probed.js";

const docs = (file: string): string => readFileSync(`${root}docs/prometheus/${file}`, "utf8");

/** The rules as they ship, but that an alert waits a second where it waits minutes. */
const hasty = docs("rules.yml").replace(/^( +for:) \d+m$/gm, "$1 1s");

const queries = (JSON.parse(docs("dashboard.json")) as { panels: { title: string; targets: { expr: string }[] }[] }).panels.flatMap(({ title, targets }) =>
  targets.map(({ expr }) => ({ title, expr: expr.replaceAll(/\$(?:job|instance|check)\b/g, ".*").replaceAll("$__rate_interval", "1m") })));

/** The example, as it is started in its README. */
const example = async (redisPort: number): Promise<Served & { terminate(): Promise<void> }> => {
  const env = { ...process.env, PORT: "0", DRAIN_DELAY_MS: "3000", REDIS_URL: `redis://127.0.0.1:${redisPort}` };
  const child = spawn(process.execPath, ["examples/prometheus/server.mjs"], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(child, "exit");
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  const end = (signal: NodeJS.Signals) => async (): Promise<void> => {
    child.kill(signal);
    await gone;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const base = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    child.stdout.resume();
    if (base !== undefined) return { base, stop: end("SIGKILL"), terminate: end("SIGTERM") };
  }
  throw new Error(`the example told no address: ${errors}`);
};

/** A service whose registry speaks OpenMetrics, and that is always healthy. */
const modern = async (): Promise<Server> => {
  const [health, registry] = [createHealth({ logger: false }), new Registry<OpenMetricsContentType>()];
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  prometheusMetrics(health, { registry });
  health.register("cache", () => true, { intervalMs: 1000 });
  const server = createServer(async (_request, response) => {
    response.setHeader("Content-Type", registry.contentType).end(await registry.metrics());
  }).listen(0, "127.0.0.1");
  await once(server.on("close", () => void health.close()), "listening");
  return server;
};

const patience = { timeout: 30_000, interval: 100 };

describeReal("Prometheus", missingPrometheus ?? missingRedis, () => {
  let redis: RealServer;
  let service: Awaited<ReturnType<typeof example>>;
  let other: Server;
  let [host, otherHost] = ["", ""];
  let prometheus: Prometheus;

  beforeAll(async () => {
    redis = await redisServer();
    service = await example(redis.port);
    other = await modern();
    [host, otherHost] = [new URL(service.base).host, `127.0.0.1:${(other.address() as AddressInfo).port}`];
    prometheus = await prometheusServer({ targets: [host, otherHost], rules: hasty });
  }, 60_000);

  afterAll(async () => {
    await prometheus.remove();
    other.closeAllConnections();
    other.close();
    await service.stop();
    await redis.remove();
  }, 60_000);

  /** What a query says of the example. */
  const one = async (expr: string): Promise<number | undefined> =>
    (await prometheus.query(expr)).find(({ labels }) => (labels["instance"] ?? host) === host)?.value;

  const namesOf = async (instance: string): Promise<string[]> => {
    const found = await prometheus.query(`{__name__=~"probekit_.+", instance="${instance}"}`);
    return [...new Set(found.map(({ labels }) => labels["__name__"] ?? ""))].toSorted();
  };

  const names = [
    "probekit_check_abandoned_runs_total",
    "probekit_check_duration_seconds_bucket",
    "probekit_check_duration_seconds_count",
    "probekit_check_duration_seconds_sum",
    "probekit_check_info",
    "probekit_check_last_success_timestamp_seconds",
    "probekit_check_runs_total",
    "probekit_check_status",
    "probekit_lifecycle",
    "probekit_probe_status",
  ];

  it("scrapes the example: every metric, under the target's job and instance", async () => {
    await expect.poll(() => one('probekit_check_status{check="redis",status="ok"}'), patience).toBe(1);
    expect(await namesOf(host)).toEqual(names);
    expect(await prometheus.query(`probekit_check_info{instance="${host}"}`)).toMatchObject([
      { labels: { job: "orders", instance: host, check: "redis", critical: "true", background: "true", probes: "ready" }, value: 1 },
    ]);
    expect(await one("up")).toBe(1);
  }, 60_000);

  it("reads the same names where the registry speaks OpenMetrics", async () => {
    await expect.poll(() => namesOf(otherHost), patience).toEqual(names);
    expect(await prometheus.query('probekit_check_status{check="cache"} > 0')).toMatchObject([{ labels: { instance: otherHost, status: "ok" } }]);
  }, 60_000);

  it("gets five scrapes a second of a check that runs once a second, and no run more", async () => {
    const scrapes = "count_over_time(up[1m])";
    const runs = 'sum(probekit_check_runs_total{check="redis"})';
    const [scrapesBefore = 0, runsBefore = 0] = [await one(scrapes), await one(runs)];
    await expect.poll(async () => ((await one(scrapes)) ?? 0) - scrapesBefore, patience).toBeGreaterThan(15);
    const [scraped, ran] = [((await one(scrapes)) ?? 0) - scrapesBefore, ((await one(runs)) ?? 0) - runsBefore];
    expect(ran).toBeLessThan(scraped / 2);
    expect(ran).toBeGreaterThan(0);
  }, 60_000);

  it("has an answer to every query of the dashboard", async () => {
    for (const { title, expr } of queries) {
      await expect.poll(async () => [title, (await prometheus.query(expr)).length > 0], patience).toEqual([title, true]);
    }
  }, 60_000);

  it("fires the rules when the dependency is stopped, and resolves them when it is back", async () => {
    expect(await prometheus.firing()).toEqual([]);
    await redis.stop();
    await expect.poll(() => prometheus.firing(), patience).toEqual(["ProbekitCheckFailing", "ProbekitUnhealthy"]);
    expect(await one('probekit_probe_status{probe="live",status="healthy"}')).toBe(1);
    expect(await one('probekit_check_runs_total{check="redis",outcome="error"}')).toBeGreaterThan(0);
    expect(await one("time() - probekit_check_last_success_timestamp_seconds")).toBeGreaterThan(1);
    await redis.start();
    await expect.poll(() => prometheus.firing(), patience).toEqual([]);
    expect(await one('probekit_check_status{check="redis",status="ok"}')).toBe(1);
  }, 90_000);

  it("sees the example drain while it goes on serving, and fires nothing when it is gone", async () => {
    const gone = service.terminate();
    await expect.poll(() => one('probekit_lifecycle{lifecycle="draining"} > 0 and on (instance) up'), patience).toBe(1);
    expect(await one('probekit_probe_status{probe="ready",status="unhealthy"}')).toBe(1);
    await gone;
    await expect.poll(() => one("up"), patience).toBe(0);
    expect(await prometheus.firing()).toEqual([]);
  }, 60_000);
});
