import { HealthError, type Health, type ResultEvent } from "probekit";
import { checkHealth, knownOptions, refuse } from "./shared/adapter-options.js";
import { perCheck } from "./shared/per-check.js";
import { observe } from "./shared/prom-duration.js";
import { registryOf, share, type MetricRegistry, type Sample, type Series } from "./shared/prom-registry.js";
import { newCounted, seriesOf, type Counted } from "./shared/prom-series.js";
import { count } from "./shared/run-tally.js";

export type { MetricRegistry } from "./shared/prom-registry.js";

/** Options of {@link prometheusMetrics}. */
export interface PrometheusOptions {
  /** The application's own registry of prom-client 13 to 15, such as its `register`; it may be of either content type. */
  readonly registry: MetricRegistry;
  /** Stands before every name, as that of prom-client's `collectDefaultMetrics`; the shipped rules know names without one. @default "" */
  readonly prefix?: string | undefined;
  /**
   * Labels of every series, by name: what tells several healths in one registry apart.
   * @default {}
   * @example
   * { health: "internal" }
   */
  readonly labels?: Readonly<Record<string, string>> | undefined;
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
 * | `probekit_check_info` | `check`, `critical`, `probes` | 1, to join with: `probes` is `ready`, or `live,ready`, or empty |
 * | `probekit_check_runs_total` | `check`, `outcome` | ok, warn, error, timeout, skipped; a threshold holds nothing back here |
 * | `probekit_check_duration_seconds` | `check` | histogram, 1 ms to 10 s, of runs that were not skipped |
 * | `probekit_check_last_success_timestamp_seconds` | `check` | Unix time; absent before the first success |
 * | `probekit_check_abandoned_runs_total` | `check` | runs that never settled |
 *
 * A check's series begin with 0 when it is registered and end when it is unregistered. Names and units follow
 * https://prometheus.io/docs/practices/naming/. Rules and a dashboard stand in the package's docs/prometheus.
 * @throws HealthError naming the health or the option that is not valid; `duplicate-name` when a name is taken, or when
 * another health stands in the registry with the same labels. Nothing is registered then.
 * @example
 * import { register } from "prom-client";
 * const unregister = prometheusMetrics(health, { registry: register });
 */
export const prometheusMetrics = (health: Health, options: PrometheusOptions): (() => void) => {
  checkHealth(health);
  const given = knownOptions("prometheusMetrics", options, ["registry", "prefix", "labels"]);
  const registry = registryOf(given.registry);
  const [prefix, labels] = [prefixOf(given.prefix), labelsOf(given.labels)];
  const kept = perCheck(health, newCounted);
  const all = labelled(seriesOf(health, kept, prefix), labels);
  const leave = share(registry, all, JSON.stringify(Object.entries(labels).toSorted()));
  const off = health.on("result", (event) => take(kept.at(event.name), event));
  return () => {
    off();
    leave();
  };
};

const take = (counted: Counted, event: ResultEvent): void => {
  count(counted, event);
  if (event.status !== "skipped") observe(counted.durations, event.latencyMs / 1000);
};

const labelled = (all: Series[], labels: Readonly<Record<string, string>>): Series[] => {
  if (Object.keys(labels).length === 0) return all;
  const withLabels = (sample: Sample): Sample => ({ ...sample, labels: { ...sample.labels, ...labels } });
  return all.map((series) => ({ ...series, samples: () => series.samples().map(withLabels) }));
};

const prefixOf = (prefix: unknown = ""): string => {
  if (typeof prefix === "string" && /^(?:[A-Za-z_:][\w:]*)?$/.test(prefix)) return prefix;
  return refuse("prefix", "letters, digits, _ and :, no digit first", prefix);
};

const own = new Set(["check", "status", "probe", "probes", "critical", "lifecycle", "outcome", "le"]);

const labelsOf = (labels: unknown = {}): Readonly<Record<string, string>> => {
  if (typeof labels !== "object" || labels === null) return refuse("labels", "an object", labels);
  for (const [name, value] of Object.entries(labels)) {
    if (!/^(?!__)[A-Za-z_]\w*$/.test(name)) refuse("a name in labels", "letters, digits and _, no digit and no __ first", name);
    if (own.has(name)) throw new HealthError("invalid-option", `labels may not hold ${name}, which the metrics have themselves`);
    if (typeof value !== "string") refuse(`labels.${name}`, "a string", value);
  }
  return { ...labels };
};
