import type { Labels, Sample } from "./prom-registry.js";

/** The upper bounds of a histogram's buckets in seconds, and the label of each bucket; the last is for what is over every bound. */
export interface Bounds {
  readonly seconds: readonly number[];
  readonly labels: readonly Labels[];
}

/** Durations in seconds, by bucket. */
export interface Durations {
  readonly bounds: Bounds;
  readonly buckets: number[];
  sum: number;
}

/** Buckets with these upper bounds, in seconds. */
export const boundsOf = (seconds: readonly number[]): Bounds => ({ seconds, labels: [...seconds.map(String), "+Inf"].map((le) => ({ le })) });

/** No durations yet. */
export const newDurations = (bounds: Bounds): Durations => ({ bounds, buckets: bounds.labels.map(() => 0), sum: 0 });

/** Forgets all durations. */
export const clearDurations = (durations: Durations): void => {
  durations.buckets.fill(0);
  durations.sum = 0;
};

/** Takes in a duration in seconds. */
export const observe = (durations: Durations, seconds: number): void => {
  const { bounds, buckets } = durations;
  const index = bounds.seconds.findIndex((bound) => seconds <= bound);
  buckets[index === -1 ? bounds.seconds.length : index]! += 1;
  durations.sum += seconds;
};

const noLabels: Labels = {};

/** A histogram's lines: cumulative buckets, sum and count. */
export const durationSamples = (name: string, labels: Labels, { bounds, buckets, sum }: Durations): Sample[] => {
  const metricName = `${name}_bucket`;
  let count = 0;
  const lines = buckets.map((held, index): Sample => ({ labels, sharedLabels: bounds.labels[index]!, value: (count += held), metricName }));
  lines.push({ labels, sharedLabels: noLabels, value: sum, metricName: `${name}_sum` }, { labels, sharedLabels: noLabels, value: count, metricName: `${name}_count` });
  return lines;
};
