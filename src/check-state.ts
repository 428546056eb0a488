import type { Ringer } from "./alarms.js";
import { boundedText } from "./bounded.js";
import { defined } from "./defined.js";
import { iso } from "./iso.js";
import type { CheckSettings } from "./options.js";
import type { Attempt, Run, Task } from "./run-check.js";
import { count, failures, type Standing } from "./thresholds.js";
import type { ChangeEvent, Probe, Reason, CheckStatus } from "./types.js";

/** The longest that a hung run keeps the next one from starting: ten minutes. */
const longestWaitMs = 600_000;

/** One check over time. */
export interface CheckState extends Ringer {
  readonly name: string;
  readonly settings: CheckSettings;
  readonly task: Task;
  readonly standing: Standing;
  /** The run under way; a timed-out one stays until it settles or is abandoned. */
  run: Run | undefined;
  /** Waits for a place under `maxConcurrency`. */
  queued: boolean;
  /** Nothing runs it until it is resumed. */
  paused: boolean;
  /** Whether its staleness was noticed, and told. */
  stale: boolean;
  /** When the log last heard that it fails, on the monotonic clock. */
  remindedAt: number;
  /** Nothing runs it any more: it was removed, the health is closed, or it was startup's alone and startup has passed. */
  stopped: boolean;
  attempt: Attempt | undefined;
  /** Since when it has its status, on the monotonic clock and as ISO 8601. */
  heldFrom: number;
  since: string;
  /** How many timeouts of the hung run are counted. */
  timeouts: number;
  abandoned: number;
  abandonedInARow: number;
  /** Whether the log knows that `enabled` misbehaves. */
  flagFault: boolean;
  /** Called when the run under way has its verdict, or there will be none. */
  waiters: (() => void)[];
}

/** The state of a check that has never run. */
export const newState = (name: string, settings: CheckSettings, task: Task): CheckState => {
  const disabled = settings.enabled === false;
  return {
    name,
    settings,
    task,
    standing: {
      status: disabled ? "skipped" : "pending",
      reason: disabled ? "disabled" : "not-run",
      failing: undefined,
      streak: 0,
      ended: 0,
    },
    run: undefined,
    ringsAt: Infinity,
    queued: false,
    stopped: false,
    paused: false,
    stale: false,
    remindedAt: 0,
    attempt: undefined,
    heldFrom: task.clock.now(),
    since: iso(task.clock.wallNow()),
    timeouts: 0,
    abandoned: 0,
    abandonedInARow: 0,
    flagFault: false,
    waiters: [],
  };
};

/** Whether it decides, or is listed under, a probe. */
export const holds = (state: CheckState, probe: Probe): boolean => state.settings.probes.includes(probe);

/** Whether a report runs nothing of it: stopped, paused, disabled for good, or run in the background. */
export const onlyRead = (state: CheckState): boolean =>
  state.stopped || state.paused || state.settings.enabled === false || state.settings.intervalMs !== undefined;

/** Whether a verdict is still to come: a run under way that has not timed out, or a queued one. */
export const isUnderWay = (state: CheckState): boolean => state.queued || state.run?.phase === "open";

/** Whether its last result may be reused. */
export const isFresh = (state: CheckState, now: number): boolean =>
  state.attempt !== undefined && now < expiry(state, state.attempt);

// The attempt's own outcome decides, not the status that a threshold holds.
const expiry = (state: CheckState, attempt: Attempt): number =>
  attempt.finishedAt + (attempt.status === "error" ? state.settings.errorCacheMs : state.settings.cacheMs);

/** When the hung run is given up, on the monotonic clock: after 10 × its timeout, doubled for each one before it. */
const abandonedAt = (state: CheckState, run: Run): number => {
  const patience = 10 * state.settings.timeoutMs * 2 ** state.abandonedInARow;
  return run.startedAt + Math.max(state.settings.timeoutMs, Math.min(patience, longestWaitMs));
};

/** Whether the run under way has hung for so long that another may start. */
export const isAbandonable = (state: CheckState, now: number): boolean =>
  state.run?.phase === "timed-out" && now >= abandonedAt(state, state.run);

/** Until when the state reads the same unless something happens to it. */
export const unchangedUntil = (state: CheckState): number => {
  const { settings, run, attempt } = state;
  if (run?.phase === "timed-out") {
    const counted = run.startedAt + (state.timeouts + 1) * settings.timeoutMs;
    // One that nothing runs any more still counts its timeouts, but nobody gives it up.
    return state.stopped ? counted : Math.min(counted, abandonedAt(state, run), staleFrom(state));
  }
  if (state.stopped || state.paused || settings.enabled === false) return Infinity;
  if (settings.intervalMs !== undefined) return staleFrom(state);
  return attempt === undefined || isUnderWay(state) ? -Infinity : expiry(state, attempt);
};

const staleAt = (state: CheckState, attempt: Attempt): number => attempt.finishedAt + state.settings.staleAfterMs;

/** After which moment a background result will be too old; `Infinity`, where it is already, or there is none. */
export const staleFrom = (state: CheckState): number => {
  const { attempt, settings } = state;
  return attempt === undefined || settings.intervalMs === undefined || state.stale ? Infinity : staleAt(state, attempt);
};

/** Whether a result is too old: what nothing runs any more does not become stale, and what was stale by then does not become well. */
export const isStale = (state: CheckState, now: number): boolean => {
  const { attempt, settings } = state;
  if (attempt === undefined || settings.intervalMs === undefined) return false;
  return state.stopped || state.paused ? state.stale : now > staleAt(state, attempt);
};

/** What is said of a check whose last result is too old. */
export const staleness = ({ settings }: CheckState): string => `no result for more than ${settings.staleAfterMs} ms`;

/** Notices that a background result has become too old; says what changed if the status did. */
export const goStale = (state: CheckState, now: number): ChangeEvent | undefined => {
  const { attempt } = state;
  if (state.stale || attempt === undefined || !isStale(state, now)) return undefined;
  state.stale = true;
  return turned(state, state.standing.status, { status: "error", reason: "stale", failures: failures(state.standing) }, staleAt(state, attempt));
};

/** A moment of the monotonic clock in wall-clock milliseconds, by what the wall clock says now. */
const wallAt = ({ task: { clock } }: CheckState, at: number): number => clock.wallNow() - (clock.now() - at);

/** What is shown from now on, and how many failures that took, or ended. */
type Turn = Pick<ChangeEvent, "status" | "failures"> & { readonly reason: Reason | undefined };

/** Sets since when a check has its status, if that is another than before, and says so. */
const turned = (state: CheckState, previousStatus: CheckStatus, { status, reason, failures: counted }: Turn, at: number): ChangeEvent | undefined => {
  if (status === previousStatus) return undefined;
  const lastedMs = at - state.heldFrom;
  state.heldFrom = at;
  state.since = iso(wallAt(state, at));
  return defined({ name: state.name, status, previousStatus, reason, lastedMs, failures: counted });
};

const slowed = (attempt: Attempt, limitMs: number): Attempt => {
  const took = `took ${Math.round(attempt.latencyMs)} ms, over ${limitMs} ms`;
  return { ...attempt, status: "warn", reason: "slow", message: attempt.message === undefined ? took : boundedText(`${took}: ${attempt.message}`) };
};

/** Takes in an attempt; says what changed if the status did. */
export const record = (state: CheckState, attempt: Attempt, times = 1): ChangeEvent | undefined => {
  const { standing } = state;
  const held = standing.status;
  const previousStatus = state.stale ? "error" : held;
  const slow = attempt.status === "ok" && attempt.latencyMs > state.settings.warnAfterMs;
  const outcome = slow ? slowed(attempt, state.settings.warnAfterMs) : attempt;
  // Of a run that hangs on, each timeout has refreshed the age: the first is the one that may have come too late.
  const heardAt = attempt.finishedAt - (times - 1) * state.settings.timeoutMs;
  count(standing, outcome, state.settings, times, isStale(state, heardAt));
  state.stale = false;
  state.attempt = outcome;
  if (standing.status === previousStatus) return undefined;
  const counted = held === "error" ? standing.ended : failures(standing);
  return turned(state, previousStatus, { status: standing.status, reason: standing.reason, failures: counted }, attempt.finishedAt);
};

/** Counts each further timeout of a run that hangs on as one more failure, and refreshes the result's age by it. */
export const catchUp = (state: CheckState, now: number): ChangeEvent | undefined => {
  const { run, attempt, settings } = state;
  if (run?.phase !== "timed-out" || attempt === undefined) return undefined;
  const timeouts = Math.floor((now - run.startedAt) / settings.timeoutMs);
  const further = timeouts - state.timeouts;
  if (further <= 0) return undefined;
  state.timeouts = timeouts;
  const latencyMs = timeouts * settings.timeoutMs;
  const finishedAt = run.startedAt + latencyMs;
  return record(state, { ...attempt, latencyMs, finishedAt, checkedAt: wallAt(state, finishedAt) }, further);
};
