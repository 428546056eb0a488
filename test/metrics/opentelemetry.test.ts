import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality, DataPointType, InMemoryMetricExporter, MeterProvider, PeriodicExportingMetricReader, type MetricData, type ResourceMetrics,
} from "@opentelemetry/sdk-metrics";
import { createHealth, isHealthError, type Health } from "probekit";
import { openTelemetryMetrics, type OpenTelemetryOptions } from "probekit/opentelemetry";
import { Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";
import { hung, testHealth } from "../support/scripted.js";

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The SDK with an exporter that keeps what it gets; `collect` is what a push interval does. */
const sdk = (temporality = AggregationTemporality.CUMULATIVE) => {
  const exporter = new InMemoryMetricExporter(temporality);
  const provider = new MeterProvider({ readers: [new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })] });
  ends.push(() => provider.shutdown());
  const collect = async (): Promise<Collected> => {
    exporter.reset();
    await provider.forceFlush();
    return collected(exporter.getMetrics());
  };
  return { provider, collect };
};

type Attributes = Record<string, unknown>;

interface Collected {
  readonly scopes: string[];
  readonly all: MetricData[];
  /** The points of a metric: attributes without their `probekit.`, and value. */
  points(name: string): [Attributes, unknown][];
  /** The attributes of the points that are 1. */
  held(name: string): Attributes[];
}

const short = (attributes: Attributes): Attributes => Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key.replace("probekit.", ""), value]));

const collected = (resources: ResourceMetrics[]): Collected => {
  const scopes = resources.flatMap(({ scopeMetrics }) => scopeMetrics);
  const all = scopes.flatMap((scope) => scope.metrics);
  const points = (name: string): [Attributes, unknown][] =>
    all.filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => (dataPoints as { attributes: Attributes; value: unknown }[]).map(({ attributes, value }): [Attributes, unknown] => [short(attributes), value]));
  return { scopes: scopes.map(({ scope }) => scope.name), all, points, held: (name) => points(name).filter(([, value]) => value === 1).map(([attributes]) => attributes) };
};

const measured = (options: Partial<OpenTelemetryOptions> = {}, made = sdk()) => {
  const scene = testHealth({ cacheMs: 0, errorCacheMs: 0 });
  const stop = openTelemetryMetrics(scene.health, { meterProvider: made.provider, ...options });
  return { ...scene, ...made, stop };
};

const thrownBy = (action: () => unknown): { code: string; message: string } => {
  try {
    action();
  } catch (error) {
    if (isHealthError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("a collection", () => {
  it("has these instruments under a meter called probekit", async () => {
    const { health, clock, collect } = measured();
    health.register("db", () => new Promise((resolve) => void clock.setTimeout(() => resolve(true), 20)));
    const report = health.report();
    await clock.advance(20);
    await report;
    const { all, scopes } = await collect();
    expect(scopes).toEqual(["probekit"]);
    expect(all.map(({ descriptor: { name, unit }, ...metric }) => [name, DataPointType[metric.dataPointType], "isMonotonic" in metric && metric.isMonotonic, unit])).toEqual([
      ["probekit.check.status", "GAUGE", false, ""],
      ["probekit.probe.status", "GAUGE", false, ""],
      ["probekit.lifecycle", "GAUGE", false, ""],
      ["probekit.check.time_since_success", "GAUGE", false, "s"],
      ["probekit.check.runs", "SUM", true, "{run}"],
      ["probekit.check.abandoned_runs", "SUM", true, "{run}"],
      ["probekit.check.duration", "HISTOGRAM", false, "s"],
    ]);
    expect(all.every(({ descriptor }) => descriptor.description.endsWith("."))).toBe(true);
  });

  it("says of each check and probe which status it has", async () => {
    const { health, collect } = measured();
    health.register("db", () => false);
    health.register("queue", () => ({ status: "warn" }), { critical: false, probes: ["live"] });
    await health.report();
    const now = await collect();
    expect(now.held("probekit.check.status")).toEqual([
      { "check.name": "db", "check.critical": true, "check.status": "error" },
      { "check.name": "queue", "check.critical": false, "check.status": "warn" },
    ]);
    expect(now.points("probekit.check.status")).toHaveLength(10);
    expect(now.held("probekit.probe.status")).toEqual([
      { "probe.name": "live", "probe.status": "degraded" },
      { "probe.name": "ready", "probe.status": "unhealthy" },
      { "probe.name": "startup", "probe.status": "healthy" },
    ]);
    expect(now.held("probekit.lifecycle")).toEqual([{ "lifecycle.state": "running" }]);
    health.pause("db");
    health.drain();
    const later = await collect();
    expect(later.held("probekit.check.status")).toContainEqual({ "check.name": "db", "check.critical": true, "check.status": "skipped" });
    expect(later.held("probekit.lifecycle")).toEqual([{ "lifecycle.state": "draining" }]);
  });

  it("runs nothing, however often", async () => {
    const { health, clock, collect } = measured();
    let runs = 0;
    health.register("db", () => void (runs += 1));
    for (let times = 0; times < 3; times++) {
      await collect();
      await clock.advance(60_000);
    }
    const { points, held } = await collect();
    expect(runs).toBe(0);
    expect(held("probekit.check.status")).toEqual([{ "check.name": "db", "check.critical": true, "check.status": "pending" }]);
    expect(points("probekit.check.time_since_success")).toEqual([]);
  });

  it("counts runs by what became of them, and the abandoned ones", async () => {
    const { health, clock, collect } = measured();
    const says = [true, { status: "warn" }, false] as const;
    let [run, enabled] = [0, true];
    health.register("db", () => says[run++], { enabled: () => enabled });
    health.register("hung", hung().check, { timeoutMs: 100, intervalMs: 100_000 });
    for (const _ of says) await health.report("ready");
    enabled = false;
    await health.report("ready");
    await clock.advance(500);
    const { points } = await collect();
    const runsOf = (name: string) => points("probekit.check.runs").filter(([of]) => of["check.name"] === name).map(([of, value]) => [of["check.outcome"], value]);
    expect(runsOf("db")).toEqual([["ok", 1], ["warn", 1], ["error", 1], ["timeout", 0], ["skipped", 1]]);
    expect(runsOf("hung")).toEqual([["ok", 0], ["warn", 0], ["error", 0], ["timeout", 1], ["skipped", 0]]);
    expect(points("probekit.check.abandoned_runs")).toEqual([[{ "check.name": "db" }, 0], [{ "check.name": "hung" }, 0]]);
    await clock.advance(500);
    expect((await collect()).points("probekit.check.abandoned_runs")).toContainEqual([{ "check.name": "hung" }, 1]);
  });

  it("has durations in seconds, in buckets from 1 ms to 10 s, without skipped runs", async () => {
    const { health, clock, collect } = measured();
    health.register("db", () => new Promise((resolve) => void clock.setTimeout(() => resolve(true), 20)));
    health.register("off", () => true, { enabled: () => false });
    const report = health.report();
    await clock.advance(20);
    await report;
    const boundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
    const counts = [0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    expect((await collect()).points("probekit.check.duration")).toEqual([
      [{ "check.name": "db" }, { min: 0.02, max: 0.02, sum: 0.02, count: 1, buckets: { boundaries, counts } }],
    ]);
  });

  it("says how long ago each check last succeeded, by the health's own clock", async () => {
    const { health, clock, collect } = measured();
    let up = true;
    health.register("db", () => up);
    await health.report();
    await clock.advance(1500);
    expect((await collect()).points("probekit.check.time_since_success")).toEqual([[{ "check.name": "db" }, 1.5]]);
    up = false;
    await health.report();
    await clock.advance(500);
    expect((await collect()).points("probekit.check.time_since_success")).toEqual([[{ "check.name": "db" }, 2]]);
  });

  it("has only what is new where the exporter wants deltas", async () => {
    const { health, collect } = measured({}, sdk(AggregationTemporality.DELTA));
    health.register("db", () => true);
    const ok = async () => (await collect()).points("probekit.check.runs").find(([of]) => of["check.outcome"] === "ok")?.[1];
    await health.report();
    expect(await ok()).toBe(1);
    await health.report();
    await health.report();
    expect(await ok()).toBe(2);
    expect(await ok()).toBe(0);
  });
});

describe("a check that is unregistered", () => {
  it("has no status any more, even where the SDK goes on exporting it", async () => {
    const { health, collect } = measured();
    health.register("db", () => true);
    await health.report();
    expect((await collect()).held("probekit.check.status")).toHaveLength(1);
    health.unregister("db");
    for (let times = 0; times < 3; times++) expect((await collect()).held("probekit.check.status")).toEqual([]);
  });

  it("is gone after one collection of zeros where the SDK exports what is observed", async () => {
    const { health, collect } = measured({}, sdk(AggregationTemporality.DELTA));
    health.register("db", () => true);
    await health.report();
    await collect();
    health.unregister("db");
    const last = await collect();
    expect(last.points("probekit.check.status").map(([, value]) => value)).toEqual([0, 0, 0, 0, 0]);
    expect(last.points("probekit.check.time_since_success").map(([, value]) => value)).toEqual([0]);
    const later = await collect();
    expect(["status", "runs", "time_since_success", "abandoned_runs"].flatMap((name) => later.points(`probekit.check.${name}`))).toEqual([]);
  });

  it("has no time since its last success that stands still, nor has the one that is registered again until it succeeds", async () => {
    const { health, clock, collect } = measured();
    const since = async () => (await collect()).points("probekit.check.time_since_success").map(([, value]) => value);
    let up = true;
    health.register("db", () => up);
    await health.report();
    await clock.advance(60_000);
    expect(await since()).toEqual([60]);
    health.unregister("db");
    expect([await since(), await since()]).toEqual([[0], [0]]);
    health.register("db", () => up);
    await health.report();
    await clock.advance(30_000);
    expect(await since()).toEqual([30]);
    health.unregister("db");
    up = false;
    health.register("db", () => up);
    await health.report();
    expect([await since(), await since()]).toEqual([[0], [0]]);
  });

  it("counts anew when it is registered again, though nothing was collected between", async () => {
    const { health, collect } = measured();
    health.register("db", () => true);
    await health.report();
    health.unregister("db");
    health.register("db", () => true);
    expect((await collect()).points("probekit.check.runs").map(([, value]) => value)).toEqual([0, 0, 0, 0, 0]);
    await health.report();
    expect((await collect()).points("probekit.check.runs").map(([, value]) => value)).toEqual([1, 0, 0, 0, 0]);
  });

  it("has one role at a time when it is registered again with another", async () => {
    const { health, collect } = measured();
    health.register("db", () => true);
    await collect();
    health.unregister("db");
    health.register("db", () => true, { critical: false });
    expect((await collect()).held("probekit.check.status")).toEqual([{ "check.name": "db", "check.critical": false, "check.status": "pending" }]);
  });
});

describe("stop", () => {
  it("ends every recording at once, and every observation after one collection of zeros", async () => {
    const { health, stop, collect } = measured({}, sdk(AggregationTemporality.DELTA));
    health.register("db", () => true);
    await health.report();
    await collect();
    stop();
    stop();
    await health.report();
    const last = await collect();
    expect(new Set(last.all.flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value)))).toEqual(new Set([0]));
    expect(["lifecycle", "probe.status", "check.status", "check.time_since_success", "check.runs"].map((name) => last.points(`probekit.${name}`).length)).toEqual([4, 9, 5, 1, 0]);
    expect((await collect()).all.flatMap(({ dataPoints }): unknown[] => dataPoints)).toEqual([]);
  });

  it("leaves no status behind where the SDK goes on exporting it, and stops no other health's collection", async () => {
    const made = sdk();
    const [a, b] = ["a", "b"].map((health) => measured({ attributes: { health } }, made));
    a?.health.register("db", () => true);
    await a?.health.report();
    expect((await made.collect()).held("probekit.lifecycle")).toHaveLength(2);
    a?.stop();
    b?.health.drain();
    for (let times = 0; times < 3; times++) {
      const { held, points } = await made.collect();
      expect(held("probekit.lifecycle")).toEqual([{ "lifecycle.state": "draining", health: "b" }]);
      expect(held("probekit.check.status")).toEqual([]);
      expect(points("probekit.check.time_since_success").map(([, value]) => value)).toEqual([0]);
    }
  });

  it("lets the same health report again", async () => {
    const { health, stop, provider, collect } = measured();
    stop();
    openTelemetryMetrics(health, { meterProvider: provider });
    expect((await collect()).held("probekit.lifecycle")).toEqual([{ "lifecycle.state": "running" }]);
  });
});

describe("attributes", () => {
  it("tell two healths of one provider apart, the second of which is refused without them", async () => {
    const made = sdk();
    const a = measured({ attributes: { health: "a", shard: 1 } }, made);
    const b = measured({ attributes: { health: "b", shard: 1 } }, made);
    a.health.register("db", () => true);
    b.health.register("db", () => false);
    await a.health.report();
    await b.health.report();
    const { held, points } = await made.collect();
    expect(held("probekit.check.status")).toEqual([
      { "check.name": "db", "check.critical": true, "check.status": "ok", health: "a", shard: 1 },
      { "check.name": "db", "check.critical": true, "check.status": "error", health: "b", shard: 1 },
    ]);
    expect(points("probekit.check.duration").map(([of]) => of)).toEqual([{ "check.name": "db", health: "a", shard: 1 }, { "check.name": "db", health: "b", shard: 1 }]);
    expect(thrownBy(() => measured({ attributes: { shard: 1, health: "a" } }, made))).toEqual({
      code: "duplicate-name", message: "a health reports to this meterProvider with the same attributes already; give others",
    });
  });
});

describe("a provider", () => {
  it("of the API alone, with no SDK behind it, is told and keeps nothing", async () => {
    const { health } = testHealth();
    const stop = openTelemetryMetrics(health, { meterProvider: metrics.getMeterProvider() });
    health.register("db", () => true);
    await health.report();
    stop();
  });

  it("of the API alone may be told of any number of healths", () => {
    const stops = Array.from({ length: 3 }, () => openTelemetryMetrics(testHealth().health, { meterProvider: metrics.getMeterProvider() }));
    for (const stop of stops) stop();
  });

  it("that failed may be tried again", async () => {
    const { provider, collect } = sdk();
    const { health } = testHealth();
    const meter = provider.getMeter("probekit");
    const { addBatchObservableCallback } = meter;
    meter.addBatchObservableCallback = () => {
      throw new Error("not now");
    };
    expect(() => openTelemetryMetrics(health, { meterProvider: provider })).toThrow("not now");
    meter.addBatchObservableCallback = addBatchObservableCallback;
    openTelemetryMetrics(health, { meterProvider: provider });
    expect((await collect()).held("probekit.lifecycle")).toEqual([{ "lifecycle.state": "running" }]);
  });

  const health = createHealth({ logger: false });

  it.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["a meter", new MeterProvider().getMeter("app"), "an object made by Meter"],
    ["a reader", new PeriodicExportingMetricReader({ exporter: new InMemoryMetricExporter(0) }), "an object made by PeriodicExportingMetricReader"],
    ["a registry of prom-client", new Registry(), "an object made by Registry"],
    ["a provider of tracers", { getTracer: () => ({}) }, "an object"],
    ["a provider of something else", { getMeter: () => ({}) }, "an object"],
  ])("that is %s throws at once", (_name, meterProvider, got) => {
    expect(thrownBy(() => openTelemetryMetrics(health, { meterProvider: meterProvider as never }))).toEqual({
      code: "invalid-option", message: `meterProvider must be OpenTelemetry's MeterProvider (API 1.3 or later); got ${got}`,
    });
  });

  it("and a health and options are asked for", () => {
    const { provider } = sdk();
    expect(thrownBy(() => openTelemetryMetrics({} as Health, { meterProvider: provider }))).toMatchObject({ code: "invalid-health" });
    expect(thrownBy(() => openTelemetryMetrics(health, undefined as never))).toMatchObject({ code: "invalid-option" });
    expect(thrownBy(() => openTelemetryMetrics(health, { meterProvider: provider, meter: 1 } as never))).toMatchObject({ code: "unknown-option" });
  });

  it.each([{ attributes: "a" }, { attributes: null }, { attributes: { "probekit.check.name": "a" } }, { attributes: { a: undefined } }, { attributes: { a: {} } }])("beside %j throws", (wrong) => {
    expect(thrownBy(() => openTelemetryMetrics(health, { meterProvider: sdk().provider, ...wrong } as never))).toMatchObject({ code: "invalid-option" });
  });
});
