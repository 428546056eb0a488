import { HealthError } from "probekit";
import { hasMethods, refuseForeign } from "./foreign.js";

/** prom-client's `Registry`, as far as it is used. */
export interface MetricRegistry {
  registerMetric(metric: object): void;
  getSingleMetric(name: string): object | undefined;
  removeSingleMetric(name: string): void;
}

/** Names of labels and their values. */
export type Labels = Readonly<Record<string, string>>;

/** One line of an exposition. prom-client 15 writes `sharedLabels` out once for each object, so lines that say the same should share one. */
export interface Sample {
  readonly labels: Labels;
  readonly sharedLabels: Labels;
  readonly value: number;
  /** A histogram's lines have names of their own. */
  readonly metricName?: string;
}

/** What one health says of one metric. */
export interface Series {
  readonly name: string;
  readonly help: string;
  readonly type: "gauge" | "counter" | "histogram";
  /** How prom-client's AggregatorRegistry makes one of the workers of a cluster. */
  readonly aggregator: "sum" | "max";
  samples(): Sample[];
  /** Starts counting anew, as `registry.resetMetrics()` asks. */
  reset(): void;
}

const brand = Symbol.for("probekit.prometheus");

/** A metric's lines and what stands above them. */
interface Drawn extends Pick<Series, "name" | "help" | "type" | "aggregator"> {
  readonly values: readonly Partial<Sample>[];
}

/** A metric as the registry wants it (prom-client's lib/registry.js and lib/metricAggregators.js); several healths may share it. */
interface Metric extends Pick<Series, "help" | "type" | "aggregator" | "reset"> {
  // An OpenMetrics registry takes `_total` off a counter's name, and puts it back on each line.
  name: string;
  get(): Drawn;
  /** What prom-client 15 asks for in the place of `get` where it writes text. */
  getForPromString(): Drawn;
  readonly [brand]: Map<string, Series>;
}

const wanted = "prom-client's Registry, such as its `register`";

/** @throws HealthError `invalid-option` for anything but a registry */
export const registryOf = (value: unknown): MetricRegistry => {
  if (!hasMethods(value, ["registerMetric", "getSingleMetric", "removeSingleMetric", "metrics"])) refuseForeign("registry", wanted, value);
  return value as MetricRegistry;
};

// Each line its own labels: who gets them may keep and change them.
const whole = ({ labels, sharedLabels, ...sample }: Sample): Partial<Sample> => ({ labels: { ...labels, ...sharedLabels }, ...sample });

const newMetric = ({ name, help, type, aggregator }: Series): Metric => {
  const shares = new Map<string, Series>();
  const samples = (): Sample[] => [...shares.values()].flatMap((series) => series.samples());
  const drawn = (values: Drawn["values"]): Drawn => ({ name: metric.name, help, type, aggregator, values });
  const metric: Metric = {
    name,
    help,
    type,
    aggregator,
    get: () => drawn(samples().map(whole)),
    getForPromString: () => drawn(samples()),
    reset: () => shares.forEach((series) => series.reset()),
    [brand]: shares,
  };
  return metric;
};

const isMetric = (value: object): value is Metric => brand in value;

const refuseTaken = (registry: MetricRegistry, name: string, share: string): void => {
  const held = registry.getSingleMetric(name);
  if (held === undefined || (isMetric(held) && !held[brand].has(share))) return;
  const by = isMetric(held) ? "a health with the same labels" : "another metric of the application";
  throw new HealthError("duplicate-name", `${name} stands in the registry already, for ${by}; give other labels or a prefix`);
};

const metricIn = (registry: MetricRegistry, series: Series): Metric => {
  const held = registry.getSingleMetric(series.name);
  if (held !== undefined && isMetric(held)) return held;
  const made = newMetric(series);
  registry.registerMetric(made);
  return made;
};

const shareIn = (registry: MetricRegistry, series: Series, share: string): (() => void) => {
  const metric = metricIn(registry, series);
  const shares = metric[brand];
  shares.set(share, series);
  return () => {
    if (shares.get(share) === series) shares.delete(share);
    // The registry may have been cleared and filled again since.
    if (shares.size === 0 && registry.getSingleMetric(series.name) === metric) registry.removeSingleMetric(series.name);
  };
};

/**
 * Registers what a health says, under what tells it from other healths of the same registry: all of it, or nothing.
 * Returns a function that takes it out again.
 * @throws HealthError `duplicate-name`
 */
export const share = (registry: MetricRegistry, all: readonly Series[], as: string): (() => void) => {
  for (const { name } of all) refuseTaken(registry, name, as);
  const ends = all.map((series) => shareIn(registry, series, as));
  return () => ends.forEach((end) => end());
};
