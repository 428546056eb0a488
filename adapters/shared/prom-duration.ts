import type { Sample } from "./prom-registry.js";
import { durationBounds } from "./run-tally.js";

/** Durations in seconds, by bucket; the last bucket is for those over every bound. */
export interface Durations {
  readonly buckets: number[];
  sum: number;
}

/** No durations yet. */
export const newDurations = (): Durations => ({ buckets: Array.from({ length: durationBounds.length + 1 }, () => 0), sum: 0 });

/** Takes in a duration in seconds. */
export const observe = (durations: Durations, seconds: number): void => {
  const index = durationBounds.findIndex((bound) => seconds <= bound);
  durations.buckets[index === -1 ? durationBounds.length : index]! += 1;
  durations.sum += seconds;
};

/** A histogram's lines: cumulative buckets, sum and count. */
export const durationSamples = (name: string, labels: Sample["labels"], { buckets, sum }: Durations): Sample[] => {
  let count = 0;
  const lines = buckets.map((held, index): Sample => {
    count += held;
    return { labels: { le: String(durationBounds[index] ?? "+Inf"), ...labels }, value: count, metricName: `${name}_bucket` };
  });
  return [...lines, { labels, value: sum, metricName: `${name}_sum` }, { labels, value: count, metricName: `${name}_count` }];
};
