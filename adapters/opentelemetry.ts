import { HealthError, type Health, type ResultEvent } from "probekit";
import { checkHealth, knownOptions, refuse } from "./shared/adapter-options.js";
import { claimOf } from "./shared/otel-claim.js";
import { collections } from "./shared/otel-collections.js";
import { meterOf, type MeterProvider, type MetricAttributes } from "./shared/otel-meter.js";
import { instrumentsOf, isNoop, observing } from "./shared/otel-observe.js";
import { perCheck } from "./shared/per-check.js";
import { count, newTally } from "./shared/run-tally.js";
import { wallSeconds } from "./shared/wall-clock.js";

export type { InstrumentOptions, Meter, MeterProvider, MetricAttributes, Observer } from "./shared/otel-meter.js";

/** Options of {@link openTelemetryMetrics}. */
export interface OpenTelemetryOptions {
  /** The application's own provider, such as `metrics.getMeterProvider()` of @opentelemetry/api once its SDK has been started. */
  readonly meterProvider: MeterProvider;
  /**
   * Attributes of every measurement, by name: what tells several healths of one provider apart.
   * @default {}
   */
  readonly attributes?: MetricAttributes | undefined;
}

/**
 * Tells the application's OpenTelemetry SDK what a health knows, under a meter called `probekit`. A collection runs
 * nothing: it reads what the last runs said. Returns a function that ends it: one more collection is told 0 for every gauge,
 * and none after it. The rules and the dashboard in docs/prometheus know the names of `probekit/prometheus`, not these.
 *
 * | name | instrument | attributes | |
 * |---|---|---|---|
 * | `probekit.check.status` | gauge | `probekit.check.name`, `.critical`, `.status` | 1 for the status that it has, 0 for the others |
 * | `probekit.probe.status` | gauge | `probekit.probe.name`, `.status` | 1 for the status that it has, 0 for the others |
 * | `probekit.lifecycle` | gauge | `probekit.lifecycle.state` | 1 for where the service stands, 0 for the others |
 * | `probekit.check.time_since_success` | gauge, s | `probekit.check.name` | absent before the first success |
 * | `probekit.check.runs` | counter, {run} | `probekit.check.name`, `.outcome` | ok, warn, error, timeout, skipped |
 * | `probekit.check.duration` | histogram, s | `probekit.check.name` | 1 ms to 10 s, of runs that were not skipped |
 * | `probekit.check.abandoned_runs` | counter, {run} | `probekit.check.name` | runs that never settled |
 *
 * Names and units follow https://opentelemetry.io/docs/specs/semconv/general/naming/. An SDK may go on exporting what is no
 * longer observed, as JavaScript's does for a cumulative exporter: the gauges of a check that is unregistered are therefore told
 * once more as 0, time since success included. Its counters begin anew when it is registered again; the SDK's histogram goes on.
 * @throws HealthError naming the health or the option that is not valid; `duplicate-name` when a health reports to the
 * provider with the same attributes already
 * @example
 * import { metrics } from "@opentelemetry/api";
 * const stop = openTelemetryMetrics(health, { meterProvider: metrics.getMeterProvider() });
 */
export const openTelemetryMetrics = (health: Health, options: OpenTelemetryOptions): (() => void) => {
  checkHealth(health);
  const given = knownOptions("openTelemetryMetrics", options, ["meterProvider", "attributes"]);
  const [meter, attributes] = [meterOf(given.meterProvider), attributesOf(given.attributes)];
  const claim = claimOf(given.meterProvider!, attributes);
  const [kept, instruments, clock] = [perCheck(health, newTally), instrumentsOf(meter), wallSeconds(health)];
  const { duration, ...observed } = instruments;
  const { now, end } = observing({ health, kept, instruments, attributes });
  const told = collections(meter, Object.values(observed));
  told.begin(now);
  const take = (event: ResultEvent): void => {
    const tally = kept.get(event.name);
    // A check that another listener has removed meanwhile is nobody's any more.
    if (tally === undefined) return;
    count(tally, event, clock);
    if (event.status !== "skipped") duration.record(event.latencyMs / 1000, { "probekit.check.name": event.name, ...attributes });
  };
  const ends = [kept.follow(), health.on("result", take), () => told.endWith(end), isNoop(instruments) ? () => {} : claim()];
  return () => ends.splice(0).forEach((each) => each());
};

const attributesOf = (attributes: unknown = {}): MetricAttributes => {
  if (typeof attributes !== "object" || attributes === null) return refuse("attributes", "an object", attributes);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("probekit.")) throw new HealthError("invalid-option", `attributes may not hold ${name}: probekit. is for the metrics' own`);
    if (!["string", "number", "boolean"].includes(typeof value)) refuse(`attributes.${name}`, "a string, a number or a boolean", value);
  }
  return { ...attributes };
};
