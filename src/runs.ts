import { catchUp, goStale, isAbandonable, isFresh, isUnderWay, onlyRead, type CheckState } from "./check-state.js";
import { afterTurn } from "./clock.js";
import { beginRun, cancelRun, newRun } from "./run-check.js";
import type { ChangeEvent } from "./types.js";

/** Starts and ends runs: one at a time for each check, and no more than `maxConcurrency` of all. */
export interface Runs {
  readonly maxConcurrency: number;
  /** Runs under way that have not timed out. */
  active: number;
  readonly queue: CheckState[];
  /** Asked for by a check or a listener that is being called: they come into the queue in the next turn. */
  readonly later: CheckState[];
  pumping: boolean;
  /** Whether a log or a listener is being called. */
  isTelling(): boolean;
  /** A hung run counted further failures, which may have turned the status. */
  onCatchUp(state: CheckState, change: ChangeEvent | undefined): void;
  /** A background result was found to be too old. */
  onStale(state: CheckState, change: ChangeEvent | undefined): void;
  /** A hung run was given up. */
  onAbandoned(state: CheckState): void;
}

/** Sees to it that a check's result is fresh or on its way; returns whether there is something to wait for. */
export const request = (runs: Runs, state: CheckState, now: number): boolean => {
  caughtUp(runs, state, now);
  if (onlyRead(state)) return false;
  if (isUnderWay(state)) return true;
  if (isAbandonable(state, now)) abandon(runs, state);
  else if (state.run !== undefined || isFresh(state, now)) return false;
  launch(runs, state);
  return isUnderWay(state);
};

/** Brings the count of a hung run's failures, and the age of a background result, up to the moment. */
export const caughtUp = (runs: Runs, state: CheckState, now: number): void => {
  const before = state.timeouts;
  const change = catchUp(state, now);
  if (state.timeouts !== before) runs.onCatchUp(state, change);
  noticeAge(runs, state, now);
};

/** Notices that a background result has become too old. */
export const noticeAge = (runs: Runs, state: CheckState, now: number): void => {
  const wasStale = state.stale;
  const stale = goStale(state, now);
  if (state.stale !== wasStale) runs.onStale(state, stale);
};

/** Starts a run, at once or when there is a place for it. */
export const launch = (runs: Runs, state: CheckState): void => {
  // Whoever was told of an abandoned run may have stopped the check, or had it started.
  if (state.stopped || state.paused || state.queued || state.run !== undefined) return;
  if (runs.pumping || runs.isTelling()) return defer(runs, state);
  if (runs.queue.length === 0 && runs.active < runs.maxConcurrency) {
    runs.pumping = true;
    begin(runs, state);
    runs.pumping = false;
    return pump(runs);
  }
  state.queued = true;
  runs.queue.push(state);
};

// A check that asks for its own report, or a listener that answers each result with another run, gets one a turn: at once,
// they would keep the event loop for good.
const defer = (runs: Runs, state: CheckState): void => {
  state.queued = true;
  runs.later.push(state);
  if (runs.later.length > 1) return;
  afterTurn(() => {
    runs.queue.push(...runs.later.splice(0));
    pump(runs);
  });
};

/** Gives a hung run up, so that another may start. */
export const abandon = (runs: Runs, state: CheckState): void => {
  drop(state);
  state.abandoned += 1;
  state.abandonedInARow += 1;
  runs.onAbandoned(state);
};

/** A run has its verdict and its place is free. */
export const release = (runs: Runs): void => {
  runs.active -= 1;
  pump(runs);
};

/** Ends whatever a check has under way; those who wait for it are called back. */
export const forget = (runs: Runs, state: CheckState): void => {
  const held = state.run?.phase === "open";
  drop(state);
  wake(state);
  if (held) release(runs);
};

/** Takes a check that waits for a place out of the queue; nobody need wait for it any more. */
export const unqueue = (runs: Runs, state: CheckState): void => {
  if (!state.queued) return;
  for (const list of [runs.queue, runs.later]) {
    const place = list.indexOf(state);
    if (place >= 0) list.splice(place, 1);
  }
  state.queued = false;
  wake(state);
};

/** Calls back everybody who waits for a check. */
export const wake = (state: CheckState): void => {
  const { waiters } = state;
  if (waiters.length === 0) return;
  // Those who come to wait meanwhile wait for the next run.
  state.waiters = [];
  for (const waiter of waiters) waiter();
};

const drop = (state: CheckState): void => {
  const { run } = state;
  // Whoever hears of the abort may start another.
  state.run = undefined;
  if (run !== undefined) cancelRun(run);
};

// A check that answers at once frees its place from within `begin`: the loop goes on, it does not nest.
const pump = (runs: Runs): void => {
  if (runs.pumping || runs.queue.length === 0) return;
  runs.pumping = true;
  while (runs.active < runs.maxConcurrency) {
    const next = runs.queue.shift();
    if (next === undefined) break;
    begin(runs, next);
  }
  runs.pumping = false;
};

const begin = (runs: Runs, state: CheckState): void => {
  const run = newRun(state.task);
  state.queued = false;
  state.run = run;
  state.timeouts = 1;
  runs.active += 1;
  beginRun(run);
};
