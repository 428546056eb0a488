import { HealthError } from "probekit";
import { refuse } from "./adapter-options.js";
import type { Labels } from "./prom-registry.js";
import { durationBounds } from "./run-tally.js";

/** @throws HealthError `invalid-option` */
export const prefixOf = (prefix: unknown = ""): string => {
  if (typeof prefix === "string" && /^(?:[A-Za-z_:][\w:]*)?$/.test(prefix)) return prefix;
  return refuse("prefix", "letters, digits, _ and :, no digit first", prefix);
};

const own = new Set(["check", "status", "probe", "probes", "critical", "background", "lifecycle", "outcome", "le"]);

/** @throws HealthError `invalid-option` */
export const labelsOf = (labels: unknown = {}): Labels => {
  if (typeof labels !== "object" || labels === null) return refuse("labels", "an object", labels);
  for (const [name, value] of Object.entries(labels)) {
    if (!/^(?!__)[A-Za-z_]\w*$/.test(name)) refuse("a name in labels", "letters, digits and _, no digit and no __ first", name);
    if (own.has(name)) throw new HealthError("invalid-option", `labels may not hold ${name}, which the metrics have themselves`);
    if (typeof value !== "string") refuse(`labels.${name}`, "a string", value);
  }
  return { ...labels };
};

const mostBuckets = 100;

const isAscending = (bounds: readonly unknown[]): boolean =>
  bounds.every((bound, index) => Number.isFinite(bound) && (bound as number) > ((bounds[index - 1] as number | undefined) ?? 0));

/** @throws HealthError `invalid-option` */
export const bucketsOf = (buckets: unknown = durationBounds): readonly number[] => {
  if (Array.isArray(buckets) && buckets.length <= mostBuckets && isAscending(buckets)) return [...(buckets as number[])];
  return refuse("buckets", `at most ${mostBuckets} seconds in ascending order, each over 0`, Array.isArray(buckets) ? JSON.stringify(buckets) : buckets);
};
