import { isAbandonable, isUnderWay, staleFrom, type CheckState } from "./check-state.js";
import type { Alarms } from "./alarms.js";
import { abandon, caughtUp, launch, type Runs } from "./runs.js";

/** Background runs are this much earlier or later than their interval, so that replicas spread. */
const jitter = 0.1;

/** When background checks are to run next. */
export type Schedule = Alarms<CheckState>;

/** Starts a check's background runs; the first is at once unless it has an `initialDelayMs`. */
export const schedule = (alarms: Schedule, runs: Runs, state: CheckState): void => {
  const { initialDelayMs, intervalMs, enabled } = state.settings;
  if (intervalMs === undefined || enabled === false || state.stopped) return;
  if (initialDelayMs > 0) alarms.set(state, initialDelayMs);
  else launch(runs, state);
};

/** Goes on with a check's background runs, at once. */
export const resume = (runs: Runs, state: CheckState): void => {
  if (state.settings.intervalMs !== undefined && state.settings.enabled !== false) launch(runs, state);
};

/** Arms the next background run, an interval after the last one completed or timed out; until then, looks after the result's age. */
export const scheduleNext = (alarms: Schedule, state: CheckState): void => {
  const { intervalMs, timeoutMs } = state.settings;
  if (intervalMs === undefined || state.stopped || state.paused) return;
  if (isUnderWay(state)) return lookAfter(alarms, state, intervalMs);
  const hung = state.run?.phase === "timed-out";
  const spread = 1 + jitter * (2 * Math.random() - 1);
  alarms.set(state, hung ? Math.min(timeoutMs, intervalMs) : intervalMs * spread);
};

// A run that takes its time, or waits for a place, lets the last result grow old: that is told though nobody asks.
const lookAfter = (alarms: Schedule, state: CheckState, intervalMs: number): void => {
  if (state.stale) return alarms.set(state, intervalMs);
  const at = staleFrom(state);
  if (at < Infinity) alarms.set(state, Math.max(0, at - state.task.clock.now()) + 1);
};

/** The time has come for a check's next background run. */
export const onTime = (alarms: Schedule, runs: Runs, state: CheckState): void => {
  const now = state.task.clock.now();
  caughtUp(runs, state, now);
  if (isAbandonable(state, now)) abandon(runs, state);
  const isBusy = state.run !== undefined;
  launch(runs, state);
  if (isBusy || isUnderWay(state)) scheduleNext(alarms, state);
};
