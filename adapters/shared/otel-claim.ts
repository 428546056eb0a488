import { HealthError } from "probekit";
import type { MetricAttributes } from "./otel-meter.js";

const reporting = new WeakMap<object, Set<string>>();

/**
 * Returns what marks a provider as told of a health under these attributes, which returns what gives it free.
 * @throws HealthError `duplicate-name` when it is marked so already
 */
export const claimOf = (provider: object, attributes: MetricAttributes): (() => () => void) => {
  const claims = reporting.get(provider) ?? new Set();
  const key = JSON.stringify(Object.entries(attributes).toSorted());
  if (claims.has(key)) throw new HealthError("duplicate-name", "a health reports to this meterProvider with the same attributes already; give others");
  return () => {
    reporting.set(provider, claims.add(key));
    return () => void claims.delete(key);
  };
};
