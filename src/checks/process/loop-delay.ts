/** Samples of the event loop's delay since the last reset, in nanoseconds: what Node's `IntervalHistogram` has. */
export interface Samples {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  percentile(percentile: number): number;
}

/** How late the event loop was in a window, in milliseconds. */
export interface Delays {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How often a sample is taken, in milliseconds. */
export const resolutionMs = 10;

const nanoseconds = 1e6;

/** What samples are: in Node the times between two turns of a timer, in Bun and Deno how much too late each of them was. */
const kinds = {
  node: { includedMs: resolutionMs, besidesMs: 0 },
  other: { includedMs: 0, besidesMs: resolutionMs * 1.2 }, // Their timers take up to so long.
} as const;

/**
 * The delays in a window. The samples leave out the time before the first turn after a reset and that after the last one,
 * each as long as the resolution, unless the loop was blocked. And a block is but one sample, however long: in one of
 * D ms, what falls due waits for D ms down to none, so that of the whole window one per cent waits longer than
 * D - windowMs / 100.
 */
export const delaysIn = (samples: Samples, windowMs: number, kind: keyof typeof kinds): Delays => {
  const { includedMs, besidesMs } = kinds[kind];
  const seenMs = samples.count === 0 ? 0 : samples.count * (samples.mean / nanoseconds + besidesMs);
  const unseenMs = windowMs - seenMs - 2 * resolutionMs;
  const delay = (sample: number): number => sample / nanoseconds - includedMs;
  const maxMs = Math.max(0, delay(samples.max), unseenMs);
  return { p99Ms: Math.max(0, delay(samples.percentile(99)), maxMs - windowMs / 100), maxMs };
};
