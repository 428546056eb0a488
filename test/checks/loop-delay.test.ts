import { describe, expect, it } from "vitest";
import { delaysIn, type Samples } from "../../src/checks/process/loop-delay.js";

/** Samples as a histogram has them, given in milliseconds. */
const samplesOf = (...samples: number[]): Samples => {
  const sorted = samples.toSorted((a, b) => a - b);
  const count = sorted.length;
  return {
    count,
    mean: (sorted.reduce((sum, sample) => sum + sample, 0) / count) * 1e6,
    max: (sorted.at(-1) ?? 0) * 1e6,
    percentile: (percentile) => (sorted[Math.ceil((count * percentile) / 100) - 1] ?? 0) * 1e6,
  };
};

const times = (count: number, sample: number): number[] => Array.from({ length: count }, () => sample);

describe("the delays that Node samples", () => {
  it.each([
    ["a loop that turns in time", times(99, 10), 1000, { p99Ms: 0, maxMs: 0 }],
    ["a loop that is late each time", times(50, 20), 1000, { p99Ms: 10, maxMs: 10 }],
    ["no sample in a window that is short", [], 15, { p99Ms: 0, maxMs: 0 }],
    ["no sample in a window that was blocked", [], 320, { p99Ms: 296.8, maxMs: 300 }],
    ["a block that no sample shows", times(60, 10), 1000, { p99Ms: 370, maxMs: 380 }],
    ["a block that is one sample of a thousand", [...times(700, 10), 3010], 10_020, { p99Ms: 2899.8, maxMs: 3000 }],
    ["a block shorter than a hundredth of the window", [...times(993, 10), 60], 10_000, { p99Ms: 0, maxMs: 50 }],
  ])("%s", (_name, samples, windowMs, { p99Ms, maxMs }) => {
    const said = delaysIn(samplesOf(...samples), windowMs, "node");
    expect(said.p99Ms).toBeCloseTo(p99Ms, 6);
    expect(said.maxMs).toBeCloseTo(maxMs, 6);
  });
});

describe("the delays that Bun and Deno sample", () => {
  it("are what they are, and timers that take a little longer are no delay", () => {
    expect(delaysIn(samplesOf(...times(900, 0.2)), 10_000, "other")).toEqual({ p99Ms: 0.2, maxMs: 0.2 });
    expect(delaysIn(samplesOf(...times(70, 0), 300), 1000, "other")).toEqual({ p99Ms: 300, maxMs: 300 });
  });

  it("are missing while the loop is blocked", () => {
    expect(delaysIn(samplesOf(), 320, "other")).toEqual({ p99Ms: 296.8, maxMs: 300 });
    expect(delaysIn(samplesOf(), 15, "other")).toEqual({ p99Ms: 0, maxMs: 0 });
  });
});
