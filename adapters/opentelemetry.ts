import { HealthError, type Health } from "probekit";
import { checkHealth, knownOptions, refuse } from "./shared/adapter-options.js";
import { meterOf, type MeterProvider, type MetricAttributes } from "./shared/otel-meter.js";
import { instrumentsOf, observing } from "./shared/otel-observe.js";
import { perCheck } from "./shared/per-check.js";
import { count, newTally } from "./shared/run-tally.js";

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
 * nothing: it reads what the last runs said. Returns a function that ends it; what the SDK keeps of the past it may go
 * on exporting.
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
 * Names and units follow https://opentelemetry.io/docs/specs/semconv/general/naming/. Of a check that is unregistered no
 * status is 1 any more; an SDK that goes on exporting what is no longer observed, as JavaScript's does, shows 0 for all.
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
  const release = claim(given.meterProvider!, attributes);
  const kept = perCheck(health, newTally);
  const instruments = instrumentsOf(meter);
  const observe = observing(health, kept, instruments, attributes);
  const { duration, ...observed } = instruments;
  meter.addBatchObservableCallback(observe, Object.values(observed));
  const off = health.on("result", (event) => {
    count(kept.at(event.name), event);
    if (event.status !== "skipped") duration.record(event.latencyMs / 1000, { "probekit.check.name": event.name, ...attributes });
  });
  return () => {
    off();
    meter.removeBatchObservableCallback(observe, Object.values(observed));
    release();
  };
};

const reporting = new WeakMap<object, Set<string>>();

/** Marks a provider as told of a health under these attributes; returns how to give it free. */
const claim = (provider: object, attributes: MetricAttributes): (() => void) => {
  const claims = reporting.get(provider) ?? new Set();
  const key = JSON.stringify(Object.entries(attributes).toSorted());
  if (claims.has(key)) throw new HealthError("duplicate-name", "a health reports to this meterProvider with the same attributes already; give others");
  reporting.set(provider, claims.add(key));
  return () => void claims.delete(key);
};

const attributesOf = (attributes: unknown = {}): MetricAttributes => {
  if (typeof attributes !== "object" || attributes === null) return refuse("attributes", "an object", attributes);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("probekit.")) throw new HealthError("invalid-option", `attributes may not hold ${name}: probekit. is for the metrics' own`);
    if (!["string", "number", "boolean"].includes(typeof value)) refuse(`attributes.${name}`, "a string, a number or a boolean", value);
  }
  return { ...attributes };
};
