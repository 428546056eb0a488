import { getHeapStatistics } from "node:v8";
import type { Check } from "probekit";
import { fraction, percent, rising, rounded, verdictOn } from "./shared/levels.js";
import { optionsOf } from "./shared/options.js";

/** Options of {@link heapCheck}; `undefined` always means the default. */
export interface HeapCheckOptions {
  /** The used part of the limit, over 0 to 1, from which it warns. @default 0.9 */
  readonly warnAt?: number | undefined;
  /** The same from which it is an error; at least `warnAt`. @default none */
  readonly errorAt?: number | undefined;
}

/**
 * Compares V8's heap with the limit at which the process dies of "heap out of memory" (`--max-old-space-size`).
 *
 * A full heap warns, and is an error only from `errorAt` on. What counts as used includes garbage that is not collected
 * yet, so that a single high value means little: combine `errorAt` with `failureThreshold`. `data` holds `usedBytes`,
 * `limitBytes` and `used` (0 to 1).
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("heap", heapCheck({ errorAt: 0.97 }), { probes: ["live"], failureThreshold: 5 });
 */
export const heapCheck = (options?: HeapCheckOptions): Check => {
  const { warnAt, errorAt } = optionsOf("heapCheck", options, ["warnAt", "errorAt"]);
  const level = rising({ warn: ["warnAt", warnAt], error: ["errorAt", errorAt], scale: fraction }, 0.9);
  return () => {
    const { used_heap_size: usedBytes, heap_size_limit: limitBytes } = getHeapStatistics();
    const used = limitBytes > 0 ? usedBytes / limitBytes : 0;
    const message = `the heap is at ${percent(used)} of its limit`;
    return verdictOn([{ level: level(used), message }], { usedBytes, limitBytes, used: rounded(used, 4) });
  };
};
