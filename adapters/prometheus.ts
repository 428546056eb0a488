import type { Health, ResultEvent } from "probekit";
import { checkHealth, knownOptions } from "./shared/adapter-options.js";
import { perCheck } from "./shared/per-check.js";
import { boundsOf, observe } from "./shared/prom-duration.js";
import { bucketsOf, labelsOf, prefixOf } from "./shared/prom-options.js";
import { registryOf, share, type MetricRegistry } from "./shared/prom-registry.js";
import { newCounted, seriesOf, type Counted } from "./shared/prom-series.js";
import { count } from "./shared/run-tally.js";
import { wallSeconds } from "./shared/wall-clock.js";

export type { MetricRegistry } from "./shared/prom-registry.js";

/** Options of {@link prometheusMetrics}. */
export interface PrometheusOptions {
  /** The application's own registry of prom-client 13 to 15, such as its `register`; it may be of either content type. */
  readonly registry: MetricRegistry;
  /** Stands before every name, as that of prom-client's `collectDefaultMetrics`; the shipped rules know names without one. @default "" */
  readonly prefix?: string | undefined;
  /**
   * Labels of every series, by name: what tells several healths in one registry apart, or the workers of a cluster. The
   * shipped dashboard shows those called `health` and `worker`.
   * @default {}
   * @example
   * { health: "internal" }
   */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /**
   * The upper bounds of the buckets of `probekit_check_duration_seconds`, in seconds: ascending, each over 0, at most 100.
   * Each is a series for each check; `[]` leaves count and sum, of which the mean can still be told.
   * @default [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
   */
  readonly buckets?: readonly number[] | undefined;
}

/**
 * Puts what a health knows into the application's prom-client registry. A scrape runs nothing: it reads what the last
 * runs said. Returns a function that takes everything out again.
 *
 * | name | labels | |
 * |---|---|---|
 * | `probekit_check_status` | `check`, `status` | 1 for the status that it has: ok, warn, error, pending, skipped |
 * | `probekit_probe_status` | `probe`, `status` | 1 for the status that it has: healthy, degraded, unhealthy |
 * | `probekit_lifecycle` | `lifecycle` | 1 for starting, running, draining or closed |
 * | `probekit_check_info` | `check`, `critical`, `background`, `probes` | 1, to join with: `probes` is `ready`, or `live,ready`, or empty |
 * | `probekit_check_runs_total` | `check`, `outcome` | ok, warn, error, timeout, skipped; a threshold holds nothing back here |
 * | `probekit_check_duration_seconds` | `check` | histogram, 1 ms to 10 s, of runs that were not skipped |
 * | `probekit_check_last_success_timestamp_seconds` | `check` | Unix time; absent before the first success |
 * | `probekit_check_abandoned_runs_total` | `check` | runs that never settled |
 *
 * A check has 29 series (`buckets: []`: 16), a health 13. They begin with 0 when it is registered and end when it is unregistered. Names and units follow
 * https://prometheus.io/docs/practices/naming/. Rules and a dashboard stand in the package's docs/prometheus.
 * @throws HealthError naming the health or the option that is not valid; `duplicate-name` when a name is taken, or when
 * another health stands in the registry with the same labels. Nothing is registered then.
 * @example
 * import { register } from "prom-client";
 * const unregister = prometheusMetrics(health, { registry: register });
 */
export const prometheusMetrics = (health: Health, options: PrometheusOptions): (() => void) => {
  checkHealth(health);
  const given = knownOptions("prometheusMetrics", options, ["registry", "prefix", "labels", "buckets"]);
  const registry = registryOf(given.registry);
  const [prefix, labels, bounds] = [prefixOf(given.prefix), labelsOf(given.labels), boundsOf(bucketsOf(given.buckets))];
  const kept = perCheck(health, (check) => newCounted({ check, ...labels }, bounds));
  const all = seriesOf({ health, kept, prefix, labels });
  const leave = share(registry, all, JSON.stringify(Object.entries(labels).toSorted()));
  const now = wallSeconds(health);
  const ends = [kept.follow(), health.on("result", (event) => take(kept.get(event.name), event, now)), leave];
  return () => ends.forEach((end) => end());
};

// A check that another listener has removed meanwhile is nobody's any more.
const take = (counted: Counted | undefined, event: ResultEvent, now: () => number): void => {
  if (counted === undefined) return;
  count(counted, event, now);
  if (event.status !== "skipped") observe(counted.durations, event.latencyMs / 1000);
};
