import { hasMethods, refuseForeign } from "./foreign.js";

/** What a measurement is told apart by. */
export type MetricAttributes = Readonly<Record<string, string | number | boolean>>;

/** What is said of an instrument when it is made. */
export interface InstrumentOptions {
  readonly description: string;
  /** None for what is 1 or 0: a unit of `1` makes the collector's translation to Prometheus add `_ratio` to a gauge's name. */
  readonly unit?: string;
  readonly advice?: { explicitBucketBoundaries: number[] };
}

/** What a callback gets to tell its measurements to. */
export interface Observer {
  observe(instrument: object, value: number, attributes: MetricAttributes): void;
}

/** OpenTelemetry's `Meter`, as far as it is used. */
export interface Meter {
  createHistogram(name: string, options: InstrumentOptions): { record(value: number, attributes: MetricAttributes): void };
  createObservableGauge(name: string, options: InstrumentOptions): object;
  createObservableCounter(name: string, options: InstrumentOptions): object;
  addBatchObservableCallback(callback: (observer: Observer) => void, instruments: object[]): void;
  removeBatchObservableCallback(callback: (observer: Observer) => void, instruments: object[]): void;
}

/** OpenTelemetry's `MeterProvider`, as far as it is used. */
export interface MeterProvider {
  getMeter(name: string): Meter;
}

const wanted = "OpenTelemetry's MeterProvider (API 1.3 or later)";

const methods = ["createHistogram", "createObservableGauge", "createObservableCounter", "addBatchObservableCallback", "removeBatchObservableCallback"];

/** @throws HealthError `invalid-option` for anything but a provider of meters */
export const meterOf = (provider: unknown): Meter => {
  if (!hasMethods(provider, ["getMeter"])) return refuseForeign("meterProvider", wanted, provider);
  const meter = (provider as MeterProvider).getMeter("probekit");
  return hasMethods(meter, methods) ? meter : refuseForeign("meterProvider", wanted, provider);
};
