import { spawnSync } from "node:child_process";
import { createHealth, isHealthError, type Health } from "probekit";
import { prometheusMetrics, type MetricRegistry, type PrometheusOptions } from "probekit/prometheus";
import * as prom from "prom-client";
import { AggregatorRegistry, Counter, Registry } from "prom-client";
import { describe, expect, it, vi } from "vitest";
import { perCheck } from "../../adapters/shared/per-check.js";
import { settle } from "../support/fake-clock.js";
import { describeReal, isOnPath } from "../support/real/served.js";
import { hung, testHealth } from "../support/scripted.js";

/** A health that reuses no result, with its metrics in a registry of its own. */
const measured = (options: Partial<PrometheusOptions> = {}, registry = new Registry()) => {
  const made = testHealth({ cacheMs: 0, errorCacheMs: 0 });
  const unregister = prometheusMetrics(made.health, { registry, ...options });
  return { ...made, registry, unregister };
};

/** The lines of an exposition that begin with this, comments left out. */
const lines = async (registry: { metrics(): Promise<string> }, start: string): Promise<string[]> =>
  (await registry.metrics()).split("\n").filter((line) => line.startsWith(start));

/** The states that are 1. */
const held = async (registry: { metrics(): Promise<string> }, metric: string): Promise<string[]> =>
  (await lines(registry, `probekit_${metric}{`)).filter((line) => line.endsWith(" 1"));

const thrownBy = (action: () => unknown): { code: string; message: string } => {
  try {
    action();
  } catch (error) {
    if (isHealthError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
};

const exposition = `# HELP probekit_check_info A check's role: whether it is critical, whether it runs in the background, and the probes it decides.
# TYPE probekit_check_info gauge
probekit_check_info{check="db",critical="true",background="false",probes="live,ready"} 1

# HELP probekit_check_status The status of a check: 1 for the one it has, 0 for the others.
# TYPE probekit_check_status gauge
probekit_check_status{check="db",status="ok"} 1
probekit_check_status{check="db",status="warn"} 0
probekit_check_status{check="db",status="error"} 0
probekit_check_status{check="db",status="pending"} 0
probekit_check_status{check="db",status="skipped"} 0

# HELP probekit_probe_status The status of a probe: 1 for the one it has, 0 for the others.
# TYPE probekit_probe_status gauge
probekit_probe_status{probe="live",status="healthy"} 1
probekit_probe_status{probe="live",status="degraded"} 0
probekit_probe_status{probe="live",status="unhealthy"} 0
probekit_probe_status{probe="ready",status="healthy"} 1
probekit_probe_status{probe="ready",status="degraded"} 0
probekit_probe_status{probe="ready",status="unhealthy"} 0
probekit_probe_status{probe="startup",status="healthy"} 1
probekit_probe_status{probe="startup",status="degraded"} 0
probekit_probe_status{probe="startup",status="unhealthy"} 0

# HELP probekit_lifecycle The life cycle of the service: 1 for where it stands, 0 for the others.
# TYPE probekit_lifecycle gauge
probekit_lifecycle{lifecycle="starting"} 0
probekit_lifecycle{lifecycle="running"} 1
probekit_lifecycle{lifecycle="draining"} 0
probekit_lifecycle{lifecycle="closed"} 0

# HELP probekit_check_last_success_timestamp_seconds When a run of a check last said ok or warn, in Unix time; absent before the first.
# TYPE probekit_check_last_success_timestamp_seconds gauge
probekit_check_last_success_timestamp_seconds{check="db"} 1795514400.02

# HELP probekit_check_runs_total Runs of a check by what became of them.
# TYPE probekit_check_runs_total counter
probekit_check_runs_total{check="db",outcome="ok"} 1
probekit_check_runs_total{check="db",outcome="warn"} 0
probekit_check_runs_total{check="db",outcome="error"} 0
probekit_check_runs_total{check="db",outcome="timeout"} 0
probekit_check_runs_total{check="db",outcome="skipped"} 0

# HELP probekit_check_duration_seconds How long the runs of a check took, those that timed out included.
# TYPE probekit_check_duration_seconds histogram
probekit_check_duration_seconds_bucket{check="db",le="0.001"} 0
probekit_check_duration_seconds_bucket{check="db",le="0.0025"} 0
probekit_check_duration_seconds_bucket{check="db",le="0.005"} 0
probekit_check_duration_seconds_bucket{check="db",le="0.01"} 0
probekit_check_duration_seconds_bucket{check="db",le="0.025"} 1
probekit_check_duration_seconds_bucket{check="db",le="0.05"} 1
probekit_check_duration_seconds_bucket{check="db",le="0.1"} 1
probekit_check_duration_seconds_bucket{check="db",le="0.25"} 1
probekit_check_duration_seconds_bucket{check="db",le="0.5"} 1
probekit_check_duration_seconds_bucket{check="db",le="1"} 1
probekit_check_duration_seconds_bucket{check="db",le="2.5"} 1
probekit_check_duration_seconds_bucket{check="db",le="5"} 1
probekit_check_duration_seconds_bucket{check="db",le="10"} 1
probekit_check_duration_seconds_bucket{check="db",le="+Inf"} 1
probekit_check_duration_seconds_sum{check="db"} 0.02
probekit_check_duration_seconds_count{check="db"} 1

# HELP probekit_check_abandoned_runs_total Runs of a check that never settled and were given up.
# TYPE probekit_check_abandoned_runs_total counter
probekit_check_abandoned_runs_total{check="db"} 0
`;

/** One check of ready and live whose one run took 20 ms. */
const ranOnce = async (registry = new Registry()) => {
  const made = measured({}, registry);
  made.health.register("db", () => new Promise((resolve) => void made.clock.setTimeout(() => resolve(true), 20)), { probes: ["ready", "live"] });
  const report = made.health.report("ready");
  await made.clock.advance(20);
  await report;
  return made;
};

describe("a scrape", () => {
  it("is exactly this, in Prometheus' text format", async () => {
    const { registry } = await ranOnce();
    expect(await registry.metrics()).toBe(exposition);
  });

  it("is the same in OpenMetrics, its end aside", async () => {
    const registry = new Registry<prom.OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const made = testHealth();
    const unregister = prometheusMetrics(made.health, { registry });
    made.health.register("db", () => true);
    await made.health.report("ready");
    for (let scrapes = 0; scrapes < 2; scrapes++) {
      const text = await registry.metrics();
      expect(text).toContain('# TYPE probekit_check_runs counter\nprobekit_check_runs_total{check="db",outcome="ok"} 1\n');
      expect(text).toContain('\nprobekit_check_abandoned_runs_total{check="db"} 0\n');
      expect(text.endsWith("# EOF\n")).toBe(true);
    }
    unregister();
    expect(await registry.metrics()).toBe("\n# EOF\n");
  });

  it("runs nothing, however often", async () => {
    const { health, registry, clock } = measured();
    let runs = 0;
    health.register("db", () => void (runs += 1));
    health.register("cache", () => void (runs += 1), { probes: ["startup"] });
    for (let scrapes = 0; scrapes < 3; scrapes++) {
      await registry.metrics();
      await registry.getMetricsAsJSON();
      await clock.advance(60_000);
    }
    expect(runs).toBe(0);
    expect(await held(registry, "check_status")).toEqual([
      'probekit_check_status{check="db",status="pending"} 1',
      'probekit_check_status{check="cache",status="pending"} 1',
    ]);
    expect(await lines(registry, "probekit_check_last_success")).toEqual([]);
  });

  it("takes one look at the checks, and one at each probe", async () => {
    const { health, registry } = measured();
    const snapshot = vi.spyOn(health, "snapshot");
    for (let scrapes = 0; scrapes < 2; scrapes++) {
      await registry.metrics();
      expect(snapshot.mock.calls.splice(0).map(([probe]) => probe).toSorted()).toEqual(["live", "ready", "startup", undefined]);
    }
  });

  it("reads each probe's own state", async () => {
    const { health, registry } = measured();
    health.register("db", () => false);
    health.register("loop", () => ({ status: "warn" }), { probes: ["live"] });
    await health.report();
    expect(await held(registry, "probe_status")).toEqual([
      'probekit_probe_status{probe="live",status="degraded"} 1',
      'probekit_probe_status{probe="ready",status="unhealthy"} 1',
      'probekit_probe_status{probe="startup",status="healthy"} 1',
    ]);
    health.drain();
    expect(await held(registry, "lifecycle")).toEqual(['probekit_lifecycle{lifecycle="draining"} 1']);
    await health.close();
    expect(await held(registry, "lifecycle")).toEqual(['probekit_lifecycle{lifecycle="closed"} 1']);
  });

  it("shows the role of each check", async () => {
    const { health, registry } = measured();
    health.register("queue", () => true, { probes: [], critical: false });
    health.register("all", () => true, { probes: ["startup", "ready", "live"] });
    health.register("tls", () => true, { intervalMs: 3_600_000 });
    expect(await lines(registry, "probekit_check_info{")).toEqual([
      'probekit_check_info{check="queue",critical="false",background="false",probes=""} 1',
      'probekit_check_info{check="all",critical="true",background="false",probes="live,ready,startup"} 1',
      'probekit_check_info{check="tls",critical="true",background="true",probes="ready"} 1',
    ]);
  });

  it("takes names that JavaScript's objects have", async () => {
    const { health, registry } = measured();
    for (const name of ["__proto__", "constructor", "toString"]) health.register(name, () => true);
    await health.report();
    await registry.metrics();
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(await lines(registry, `probekit_check_runs_total{check="${name}",outcome="ok"`)).toEqual([`probekit_check_runs_total{check="${name}",outcome="ok"} 1`]);
    }
  });
});

describe("a run", () => {
  const countsOf = async (registry: Registry, check = "db") =>
    (await lines(registry, `probekit_check_runs_total{check="${check}"`)).map((line) => Number(line.split(" ")[1]));

  it("is counted once by what became of it: ok, warn, error, timeout, skipped", async () => {
    const { health, registry, clock } = measured();
    const says = [true, { status: "warn" }, false, () => { throw new Error("down"); }, true] as const;
    let [run, enabled] = [0, true];
    health.register("db", () => {
      const said = says[run++]!;
      return typeof said === "function" ? said() : said;
    }, { enabled: () => enabled });
    health.register("hung", hung().check, { timeoutMs: 500 });
    for (const _ of says) {
      const report = health.report("ready");
      await clock.advance(600);
      await report;
    }
    enabled = false;
    await health.report("ready");
    expect(await countsOf(registry)).toEqual([2, 1, 2, 0, 1]);
    expect(await countsOf(registry, "hung")).toEqual([0, 0, 0, 1, 0]);
    expect(await lines(registry, 'probekit_check_duration_seconds_count{check="db"')).toEqual(['probekit_check_duration_seconds_count{check="db"} 5']);
    expect(await lines(registry, 'probekit_check_duration_seconds_sum{check="hung"')).toEqual(['probekit_check_duration_seconds_sum{check="hung"} 0.5']);
  });

  it("is counted as what it said, whatever status a threshold holds", async () => {
    const { health, registry } = measured();
    const says = [true, false];
    health.register("db", () => says.shift() ?? false, { failureThreshold: 3 });
    await health.report();
    await health.report();
    expect(await countsOf(registry)).toEqual([1, 0, 1, 0, 0]);
    expect(await held(registry, "check_status")).toEqual(['probekit_check_status{check="db",status="ok"} 1']);
  });

  it("that never settles is counted as abandoned", async () => {
    const { health, registry, clock } = measured();
    health.register("hung", hung().check, { timeoutMs: 100, intervalMs: 1000 });
    await clock.advance(5000);
    expect(await lines(registry, "probekit_check_abandoned_runs_total{")).toEqual(['probekit_check_abandoned_runs_total{check="hung"} 2']);
  });

  it("over the last bound is in the last bucket alone", async () => {
    const { health, registry, clock } = measured();
    health.register("slow", () => new Promise((resolve) => void clock.setTimeout(() => resolve(true), 10_001)), { timeoutMs: 20_000, intervalMs: 60_000 });
    await clock.advance(10_001);
    expect((await lines(registry, "probekit_check_duration_seconds_bucket{")).slice(-2)).toEqual([
      'probekit_check_duration_seconds_bucket{check="slow",le="10"} 0',
      'probekit_check_duration_seconds_bucket{check="slow",le="+Inf"} 1',
    ]);
  });
});

describe("the last success", () => {
  const successOf = async (registry: Registry) => (await lines(registry, "probekit_check_last_success_timestamp_seconds{")).map((line) => Number(line.split(" ")[1]));

  it("stays what it was while the check fails and while it is paused, by the health's own clock", async () => {
    const { health, registry, clock } = measured();
    let up = true;
    health.register("db", () => up);
    await health.report();
    const at = clock.wallNow() / 1000;
    await clock.advance(5000);
    up = false;
    await health.report();
    expect(await successOf(registry)).toEqual([at]);
    health.pause("db");
    expect(await successOf(registry)).toEqual([at]);
    health.resume("db");
    up = true;
    await health.report();
    expect(await successOf(registry)).toEqual([at + 5]);
  });

  it("before the metrics were registered counts", async () => {
    const { health, clock } = testHealth();
    health.register("db", () => true);
    await health.report();
    const at = clock.wallNow() / 1000;
    const registry = new Registry();
    prometheusMetrics(health, { registry });
    await clock.advance(500);
    expect(await successOf(registry)).toEqual([at]);
  });
});

describe("a check", () => {
  it("that is unregistered leaves no series, and begins with 0 when it is registered again", async () => {
    const { health, registry } = measured();
    health.register("db", () => true);
    health.register("cache", () => true);
    await health.report();
    health.unregister("db");
    const text = await registry.metrics();
    expect(text).not.toContain('"db"');
    expect(text).toContain('probekit_check_runs_total{check="cache",outcome="ok"} 1');
    health.register("db", () => true);
    expect(await lines(registry, 'probekit_check_runs_total{check="db",outcome="ok"}')).toEqual(['probekit_check_runs_total{check="db",outcome="ok"} 0']);
    expect(await lines(registry, 'probekit_check_last_success_timestamp_seconds{check="db"}')).toEqual([]);
  });

  it("that is paused, or disabled from the start, is skipped", async () => {
    const { health, registry } = measured();
    health.register("db", () => true);
    health.register("off", () => true, { enabled: false });
    await health.report();
    health.pause("db");
    expect(await held(registry, "check_status")).toEqual([
      'probekit_check_status{check="db",status="skipped"} 1',
      'probekit_check_status{check="off",status="skipped"} 1',
    ]);
    expect(await held(registry, "probe_status")).toContain('probekit_probe_status{probe="ready",status="healthy"} 1');
  });

  it("that is registered again begins anew though nothing scraped between", async () => {
    const { health, registry } = measured();
    const counts = () => lines(registry, 'probekit_check_runs_total{check="db",outcome="ok"}');
    health.register("db", () => true);
    await health.report();
    health.unregister("db");
    health.register("db", () => false);
    await health.report();
    expect(await counts()).toEqual(['probekit_check_runs_total{check="db",outcome="ok"} 0']);
    expect(await lines(registry, "probekit_check_duration_seconds_count")).toEqual(['probekit_check_duration_seconds_count{check="db"} 1']);
    expect(await lines(registry, "probekit_check_last_success")).toEqual([]);
  });

  it("that another listener removes when it has run leaves nothing for the next of its name", async () => {
    const { health } = testHealth({ cacheMs: 0 });
    const registry = new Registry();
    health.on("result", ({ name }) => void health.unregister(name));
    prometheusMetrics(health, { registry });
    health.register("db", () => true);
    await health.report();
    health.register("db", () => true);
    expect(await lines(registry, 'probekit_check_runs_total{check="db",outcome="ok"}')).toEqual(['probekit_check_runs_total{check="db",outcome="ok"} 0']);
  });

  it("of a name that is never used again is forgotten though nothing scrapes", () => {
    const { health } = testHealth();
    const kept = perCheck(health, (name) => name);
    const end = kept.follow();
    health.register("db", () => true);
    expect(kept.get("db")).toBe("db");
    health.unregister("db");
    expect(kept.get("db")).toBe(undefined);
    end();
    health.register("db", () => true);
    expect(kept.get("db")).toBe(undefined);
  });
});

describe("labels and prefix", () => {
  it("escape what a label may not hold as it stands", async () => {
    const { registry } = measured({ labels: { team: 'a "b" \\ c\nd' } });
    expect(await held(registry, "lifecycle")).toEqual(['probekit_lifecycle{team="a \\"b\\" \\\\ c\\nd",lifecycle="running"} 1']);
  });

  it("tell two healths of one registry apart, each of which leaves alone", async () => {
    const registry = new Registry();
    const [a, b] = [measured({ labels: { health: "a" } }, registry), measured({ labels: { health: "b" } }, registry)];
    a.health.register("db", () => true);
    b.health.register("db", () => false);
    await a.health.report();
    await b.health.report();
    expect(await held(registry, "check_status")).toEqual([
      'probekit_check_status{check="db",health="a",status="ok"} 1',
      'probekit_check_status{check="db",health="b",status="error"} 1',
    ]);
    expect((await registry.metrics()).match(/^# TYPE probekit_check_status gauge$/gm)).toHaveLength(1);
    a.unregister();
    a.unregister();
    expect(await held(registry, "check_status")).toEqual(['probekit_check_status{check="db",health="b",status="error"} 1']);
    b.unregister();
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it("go before every name and on every series, the histogram's own included", async () => {
    const { health, registry } = measured({ prefix: "shop_", labels: { health: "a" } });
    health.register("db", () => true);
    await health.report();
    const samples = (await registry.metrics()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    expect(samples.filter((line) => !/^shop_probekit_\w+\{.*health="a".*\} \S+$/.test(line))).toEqual([]);
    expect(samples).toContain('shop_probekit_check_duration_seconds_count{check="db",health="a"} 1');
  });

  it("stand beside the registry's default labels", async () => {
    const { registry } = measured();
    registry.setDefaultLabels({ app: "shop" });
    expect(await held(registry, "lifecycle")).toEqual(['probekit_lifecycle{app="shop",lifecycle="running"} 1']);
  });
});

describe("buckets", () => {
  const linesOf = async (buckets: readonly number[]) => {
    const { health, registry } = measured({ buckets });
    health.register("db", () => true);
    await health.report();
    return lines(registry, "probekit_check_duration_seconds");
  };

  it("are those that are given", async () => {
    expect(await linesOf([0.5, 60])).toEqual([
      'probekit_check_duration_seconds_bucket{check="db",le="0.5"} 1',
      'probekit_check_duration_seconds_bucket{check="db",le="60"} 1',
      'probekit_check_duration_seconds_bucket{check="db",le="+Inf"} 1',
      'probekit_check_duration_seconds_sum{check="db"} 0',
      'probekit_check_duration_seconds_count{check="db"} 1',
    ]);
  });

  it("may be none, and are 16 series of each check instead of 29", async () => {
    expect(await linesOf([])).toHaveLength(3);
    const series = async (options: Partial<PrometheusOptions>, checks: number): Promise<number> => {
      const { health, registry } = measured(options);
      for (let check = 0; check < checks; check++) health.register(`check-${check}`, () => true);
      await health.report();
      return (await lines(registry, "probekit_")).length;
    };
    expect([await series({}, 0), await series({}, 1), await series({}, 100)]).toEqual([13, 13 + 29, 13 + 2900]);
    expect([await series({ buckets: [] }, 1), await series({ buckets: [] }, 100)]).toEqual([13 + 16, 13 + 1600]);
  });
});

describe("the registry", () => {
  it("is left with the application's own metrics, and nothing listens any more", async () => {
    const registry = new Registry();
    registry.registerMetric(new Counter({ name: "orders_total", help: "Orders.", registers: [] }));
    const { health, unregister } = measured({}, registry);
    const heard = vi.fn<() => void>();
    unregister();
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(["orders_total"]);
    health.on("result", heard);
    health.register("db", () => true);
    await health.report();
    expect(heard).toHaveBeenCalledTimes(1);
    expect(await registry.metrics()).not.toContain("probekit");
    prometheusMetrics(health, { registry });
    expect(await lines(registry, "probekit_check_runs_total{")).toContain('probekit_check_runs_total{check="db",outcome="ok"} 0');
  });

  it("that was cleared and filled again keeps the new metrics when the old ones are taken out", async () => {
    const { registry, unregister } = measured();
    registry.clear();
    measured({}, registry);
    unregister();
    expect(registry.getMetricsAsArray()).toHaveLength(8);
  });

  it("starts counting anew with resetMetrics()", async () => {
    const { registry } = await ranOnce();
    registry.resetMetrics();
    expect(await lines(registry, 'probekit_check_runs_total{check="db",outcome="ok"')).toEqual(['probekit_check_runs_total{check="db",outcome="ok"} 0']);
    expect(await lines(registry, "probekit_check_duration_seconds_count")).toEqual(['probekit_check_duration_seconds_count{check="db"} 0']);
    expect(await held(registry, "check_status")).toEqual(['probekit_check_status{check="db",status="ok"} 1']);
  });

  it("sets back counters and buckets alone with resetMetrics(): when a check last succeeded stays known", async () => {
    const { health, registry, clock } = measured();
    let up = true;
    health.register("db", () => up);
    health.register("hung", hung().check, { timeoutMs: 100, intervalMs: 1000, probes: [] });
    await health.report("ready");
    const succeeded = [`probekit_check_last_success_timestamp_seconds{check="db"} ${clock.wallNow() / 1000}`];
    await clock.advance(1500);
    up = false;
    await health.report("ready");
    registry.resetMetrics();
    expect(await lines(registry, "probekit_check_last_success_timestamp_seconds{")).toEqual(succeeded);
    const counted = async () => (await lines(registry, "probekit_check_")).filter((line) => /_(?:total|bucket|sum|count)\{/.test(line) && !line.endsWith(" 0"));
    expect(await counted()).toEqual([]);
    await clock.advance(5000);
    expect(await lines(registry, "probekit_check_abandoned_runs_total{")).toEqual([
      'probekit_check_abandoned_runs_total{check="db"} 0', 'probekit_check_abandoned_runs_total{check="hung"} 1',
    ]);
  });

  it("of workers with a label each says of every one how it is, where prom-client's AggregatorRegistry puts them together", async () => {
    const workers = ["1", "2"].map((worker) => measured({ labels: { worker } }));
    workers[1]?.health.drain();
    const sum = AggregatorRegistry.aggregate(await Promise.all(workers.map(({ registry }) => registry.getMetricsAsJSON())));
    expect(await held(sum, "lifecycle")).toEqual(['probekit_lifecycle{worker="1",lifecycle="running"} 1', 'probekit_lifecycle{worker="2",lifecycle="draining"} 1']);
  });

  it("of a worker is summed by prom-client's AggregatorRegistry", async () => {
    const [a, b] = [await ranOnce(), await ranOnce()];
    const sum = AggregatorRegistry.aggregate([await a.registry.getMetricsAsJSON(), await b.registry.getMetricsAsJSON()]);
    const text = (await sum.metrics()).split("\n");
    expect(text).toContain('probekit_check_runs_total{check="db",outcome="ok"} 2');
    expect(text).toContain('probekit_check_status{check="db",status="ok"} 2');
    expect(text).toContain('probekit_check_info{check="db",critical="true",background="false",probes="live,ready"} 1');
    expect(text).toContain('probekit_check_last_success_timestamp_seconds{check="db"} 1795514400.02');
    expect(text).toContain('probekit_check_duration_seconds_bucket{check="db",le="0.025"} 2');
  });

  it("answers for one metric alone", async () => {
    const { registry } = measured();
    expect(await registry.getSingleMetricAsString("probekit_lifecycle")).toContain('probekit_lifecycle{lifecycle="running"} 1');
  });

  it("may be the global one", async () => {
    const unregister = prometheusMetrics(createHealth({ logger: false }), { registry: prom.register });
    expect(await prom.register.metrics()).toContain('probekit_lifecycle{lifecycle="running"} 1');
    unregister();
    expect(prom.register.getMetricsAsArray()).toEqual([]);
  });
});

describe("what is not valid throws at once and registers nothing", () => {
  const health = createHealth({ logger: false });
  const wanted = "registry must be prom-client's Registry, such as its `register`; got";
  const registryOf = (registry: unknown) => () => prometheusMetrics(health, { registry: registry as MetricRegistry });

  it.each([
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a promise", Promise.resolve(new Registry()), "a promise; await it first"],
    ["the class", Registry, "a function"],
    ["prom-client itself", { ...prom }, "an object"],
    ["a metric", new Counter({ name: "a", help: "a", registers: [] }), "an object made by Counter"],
    ["a map", new Map(), "an object made by Map"],
    ["a string", "registry", "a string"],
  ])("a registry that is %s", (_name, registry, got) => {
    expect(thrownBy(registryOf(registry))).toEqual({ code: "invalid-option", message: `${wanted} ${got}` });
  });

  it("no options, or others than there are", () => {
    expect(thrownBy(() => prometheusMetrics(health, undefined as never))).toMatchObject({ code: "invalid-option" });
    expect(thrownBy(() => prometheusMetrics(health, { register: prom.register } as never))).toEqual({
      code: "unknown-option", message: 'prometheusMetrics has no option "register"; it has registry, prefix, labels, buckets',
    });
  });

  it.each([undefined, {}, { snapshot: () => ({}), on: () => {} }, Promise.resolve(health)])("a health that is none (%#)", (wrong) => {
    const registry = new Registry();
    expect(thrownBy(() => prometheusMetrics(wrong as unknown as Health, { registry }))).toMatchObject({ code: "invalid-health" });
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it.each([
    { prefix: "1shop_" }, { prefix: "shop-" }, { prefix: 7 }, { prefix: null },
    { labels: "a" }, { labels: null }, { labels: { "a-b": "c" } }, { labels: { __name__: "c" } }, { labels: { status: "c" } }, { labels: { le: "c" } }, { labels: { a: 1 } }, { labels: { background: "a" } },
    { buckets: 1 }, { buckets: null }, { buckets: [0] }, { buckets: [1, 1] }, { buckets: [2, 1] }, { buckets: [NaN] }, { buckets: ["1"] }, { buckets: [Infinity] },
    { buckets: Array.from({ length: 101 }, (_, index) => index + 1) },
  ])("%j", (wrong) => {
    const registry = new Registry();
    expect(thrownBy(() => prometheusMetrics(health, { registry, ...wrong } as never))).toMatchObject({ code: "invalid-option" });
    expect(registry.getMetricsAsArray()).toEqual([]);
  });

  it("a second time in one registry, and the first stays", async () => {
    const { registry, health: same } = await ranOnce();
    expect(thrownBy(() => prometheusMetrics(same, { registry }))).toEqual({
      code: "duplicate-name",
      message: "probekit_check_info stands in the registry already, for a health with the same labels; give other labels or a prefix",
    });
    expect(await registry.metrics()).toBe(exposition);
  });

  it("a name that the application has taken", () => {
    const registry = new Registry();
    registry.registerMetric(new Counter({ name: "probekit_check_abandoned_runs_total", help: "Mine.", registers: [] }));
    expect(thrownBy(() => prometheusMetrics(health, { registry }))).toMatchObject({ code: "duplicate-name" });
    expect(registry.getMetricsAsArray()).toHaveLength(1);
  });
});

describeReal("promtool", isOnPath("promtool") ? undefined : "promtool", () => {
  const check = (input: string) => {
    const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], { input, encoding: "utf8" });
    return { status, said: stdout + stderr };
  };

  it("finds nothing to say against the names, the help and the format", async () => {
    const { registry } = await ranOnce();
    await settle();
    expect(check(await registry.metrics())).toEqual({ status: 0, said: "" });
    expect(check("# HELP a_counter A.\n# TYPE a_counter counter\na_counter 1\n").status).not.toBe(0);
  });
});
