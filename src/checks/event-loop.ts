import { monitorEventLoopDelay, performance, type EventLoopUtilization } from "node:perf_hooks";
import type { Check } from "probekit";
import { fraction, milliseconds, percent, rising, rounded, verdictOn } from "./shared/levels.js";
import { delaysIn, resolutionMs, type Delays } from "./process/loop-delay.js";
import { optionsOf } from "./shared/options.js";

/** Options of {@link eventLoopCheck}; `undefined` always means the default. */
export interface EventLoopCheckOptions {
  /** The delay, in milliseconds, from which it warns. 1 to 2147483647. @default 100 */
  readonly warnAtMs?: number | undefined;
  /** The delay, in milliseconds, from which it is an error; at least `warnAtMs`. 1 to 2147483647. @default none */
  readonly errorAtMs?: number | undefined;
  /** The part of the time in which the loop was busy, over 0 to 1, from which it warns. @default none */
  readonly utilizationWarnAt?: number | undefined;
  /** The same from which it is an error; at least `utilizationWarnAt`. @default none */
  readonly utilizationErrorAt?: number | undefined;
}

/**
 * Measures how long the event loop keeps what is due waiting (the 99th percentile), and how busy it is, since the last
 * run of this check; the first run begins to measure and is ok. A loop that was blocked all the time counts in full.
 *
 * A slow loop warns, and is an error only from `errorAtMs` or `utilizationErrorAt` on. `data` holds `p99Ms`, `maxMs`,
 * `utilization` (0 to 1; Bun and Deno don't know it, and say 0; not judged in a window under 100 ms) and `windowMs`. Samples are taken every 10 ms from the
 * first run on, as long as the check exists; that keeps no process alive.
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("event-loop", eventLoopCheck({ warnAtMs: 200 }), { intervalMs: 5000 });
 */
export const eventLoopCheck = (options?: EventLoopCheckOptions): Check => {
  const given = optionsOf("eventLoopCheck", options, ["warnAtMs", "errorAtMs", "utilizationWarnAt", "utilizationErrorAt"]);
  const delayLevel = rising({ warn: ["warnAtMs", given.warnAtMs], error: ["errorAtMs", given.errorAtMs], scale: milliseconds }, 100);
  const { utilizationWarnAt, utilizationErrorAt } = given;
  const warn = ["utilizationWarnAt", utilizationWarnAt] as const;
  const busyLevel = rising({ warn, error: ["utilizationErrorAt", utilizationErrorAt], scale: fraction });
  let watch: Watch | undefined;
  return () => {
    if (watch === undefined) {
      watch = watchLoop();
      return { status: "ok", data: { windowMs: 0 } };
    }
    const { p99Ms, maxMs, utilization, windowMs } = watch();
    const data = { p99Ms: rounded(p99Ms, 2), maxMs: rounded(maxMs, 2), utilization: rounded(utilization, 4), windowMs: rounded(windowMs, 2) };
    return verdictOn([
      { level: delayLevel(p99Ms), message: `the event loop was late by ${Math.floor(p99Ms)} ms (99th percentile)` },
      { level: windowMs < leastBusyMs ? "ok" : busyLevel(utilization), message: `the event loop was busy for ${percent(utilization)} of the time` },
    ], data);
  };
};

/** A shorter window, in milliseconds, is not judged by how busy the loop was: where runs follow on each other, that is their own work. */
const leastBusyMs = 100;

interface Window extends Delays {
  readonly utilization: number;
  readonly windowMs: number;
}

/** Tells what happened since it was called last, or made. */
type Watch = () => Window;

const watchLoop = (): Watch => {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  const kind = "bun" in process.versions || "deno" in process.versions ? "other" : "node";
  let since = performance.now();
  let utilizationSince = performance.eventLoopUtilization();
  return () => {
    const windowMs = performance.now() - since;
    const window = { ...delaysIn(histogram, windowMs, kind), utilization: utilizationFrom(utilizationSince), windowMs };
    histogram.reset();
    since = performance.now();
    utilizationSince = performance.eventLoopUtilization();
    return window;
  };
};

// Before the loop starts, and in Bun and Deno always, both are 0.
const utilizationFrom = (since: EventLoopUtilization): number => {
  const { idle, active } = performance.eventLoopUtilization(since);
  return idle + active > 0 ? active / (idle + active) : 0;
};
