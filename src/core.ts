import { newAlarms } from "./alarms.js";
import { announce, announceLifecycle, announceRegistration, announceResult, flush, newOutbox, problem, remind, reminderMs, type Outbox } from "./announce.js";
import { holds, newState, record, staleness, type CheckState } from "./check-state.js";
import { newListeners, type Listeners } from "./emitter.js";
import { lifecycleOf, newLifecycle, type LifecycleState } from "./lifecycle.js";
import type { CheckSettings, HealthSettings } from "./options.js";
import { probes } from "./options.js";
import type { Scope, View } from "./report.js";
import { timeOut, type Attempt, type Run, type Task } from "./run-check.js";
import { caughtUp, forget, noticeAge, release, unqueue, wake, type Runs } from "./runs.js";
import { failures } from "./thresholds.js";
import { onTime, schedule, scheduleNext, type Schedule } from "./schedule.js";
import { newTimeLimit, type TimeLimit } from "./time-limit.js";
import type { ChangeEvent, Check } from "./types.js";

/** A view, and until when it holds on the monotonic clock. */
export interface CachedView {
  readonly view: View;
  readonly until: number;
  /** Holds, besides, for all whose wait ends in this turn of the event loop. */
  thisTurn: boolean;
}

/** The only mutable state of one health. */
export interface Core {
  readonly settings: HealthSettings;
  readonly lifecycle: LifecycleState;
  readonly states: Map<string, CheckState>;
  /** The checks that a report of each scope lists, in the order they were registered. */
  readonly lists: Record<Scope, CheckState[] | undefined>;
  readonly views: Record<Scope, CachedView | undefined>;
  readonly runs: Runs;
  /** Reports that wait for runs. */
  waiting: number;
  readonly alarms: Schedule;
  readonly listeners: Listeners;
  readonly outbox: Outbox;
}

/** A core with no checks. */
export const newCore = (settings: HealthSettings): Core => {
  const core: Core = {
    settings,
    lifecycle: newLifecycle(settings.manual),
    states: new Map(),
    lists: { all: [], live: [], ready: [], startup: [] },
    views: { all: undefined, live: undefined, ready: undefined, startup: undefined },
    alarms: newAlarms(settings.clock, (state) => {
      onTime(core.alarms, core.runs, state);
      if (state.stale) remindOf(core, state, undefined);
    }),
    listeners: newListeners(),
    outbox: newOutbox(),
    waiting: 0,
    runs: {
      maxConcurrency: settings.maxConcurrency,
      active: 0,
      queue: [],
      later: [],
      pumping: false,
      isTelling: () => core.outbox.isTelling,
      onCatchUp: (state, change) => {
        invalidate(core, state);
        if (change) tellChange(core, change, state.attempt?.message);
        else remindOf(core, state, undefined);
      },
      onStale: (state, change) => {
        invalidate(core, state);
        if (change) tellChange(core, change, staleness(state));
      },
      onAbandoned: (state) => {
        invalidate(core, state);
        problem(core, `a run of check "${state.name}" never settled and was abandoned (${state.abandoned} so far)`, state.name);
      },
    },
  };
  return core;
};

/** Forgets the views that a check's state enters. */
export const invalidate = (core: Core, state: CheckState): void => {
  const { views } = core;
  if (views.ready === undefined && views.live === undefined && views.startup === undefined && views.all === undefined) return;
  // The life cycle, which every view shows, depends on startup's checks.
  if (holds(state, "startup")) return invalidateAll(core);
  views.all = undefined;
  for (const probe of state.settings.probes) views[probe] = undefined;
};

/** Forgets every view. */
export const invalidateAll = ({ views }: Core): void => {
  views.all = views.live = views.ready = views.startup = undefined;
};

/** The checks that a report of a scope lists. */
export const listed = (core: Core, scope: Scope): readonly CheckState[] =>
  (core.lists[scope] ??= [...core.states.values()].filter((state) => scope === "all" || holds(state, scope)));

const scopesOf = ({ settings }: CheckState): readonly Scope[] => ["all", ...settings.probes];

/** How many checks startup waits for. */
export const startupChecks = (core: Core): number => listed(core, "startup").length;

/** The limit that all checks of one timeout share. */
const limitOf = ({ states, settings }: Core, timeoutMs: number): TimeLimit<Run> => {
  for (const { task } of states.values()) if (task.timeoutMs === timeoutMs) return task.limit;
  return newTimeLimit(settings.clock, timeoutMs, timeOut);
};

/** Adds a check and starts its background runs. */
export const addCheck = (core: Core, name: string, check: Check, settings: CheckSettings): void => {
  const { enabled, timeoutMs } = settings;
  const task: Task = {
    name,
    check,
    enabled,
    timeoutMs,
    limit: limitOf(core, timeoutMs),
    clock: core.settings.clock,
    onAttempt: (run, attempt, error) => finish(core, state, run, attempt, error),
    onLateSettle: () => settledLate(core, state),
    onEnabledFault: (fault) => complain(core, state, fault),
  };
  const state = newState(name, settings, task);
  core.states.set(name, state);
  for (const scope of scopesOf(state)) core.lists[scope]?.push(state);
  invalidate(core, state);
  state.stopped = core.lifecycle.closed || isRetired(core, state);
  if (holds(state, "startup") && core.lifecycle.latched) {
    problem(core, `check "${name}" was registered after startup had passed: it decides nothing of startup any more`, name);
  }
  noteLifecycle(core);
  announceRegistration(core, name, true);
  noteShortAge(core, state);
  schedule(core.alarms, core.runs, state);
};

// A background run is a tenth of its interval late at times: the check would be stale between two runs that went well.
const noteShortAge = (core: Core, { name, settings: { intervalMs, staleAfterMs } }: CheckState): void => {
  if (intervalMs === undefined || staleAfterMs > 1.1 * intervalMs) return;
  problem(core, `staleAfterMs ${staleAfterMs} of check "${name}" is within its interval of ${intervalMs} ms: it will be stale between its runs`, name);
};

/** Aborts and forgets a check. */
export const removeCheck = (core: Core, state: CheckState): void => {
  core.states.delete(state.name);
  // Made anew when somebody asks: ten thousand that are removed in a row would each search the list.
  for (const scope of scopesOf(state)) core.lists[scope] = undefined;
  invalidate(core, state);
  retire(core, state);
  forget(core.runs, state);
  noteLifecycle(core);
  announceRegistration(core, state.name, false);
};

/** Tells log and listeners if the service has moved on. */
export const noteLifecycle = (core: Core): void => {
  const { lifecycle } = core;
  const [previous, next] = [lifecycle.told, lifecycleOf(lifecycle, startupChecks(core))];
  if (next === previous) return;
  lifecycle.told = next;
  announceLifecycle(core, next, previous);
};

/** From now on nothing runs the check; what it has under way goes on. */
export const retire = (core: Core, state: CheckState): void => {
  state.stopped = true;
  core.alarms.clear(state);
  unqueue(core.runs, state);
};

/** Stops every check. None may start in the place of another that is stopped. */
export const stopAll = (core: Core): void => {
  const states = [...core.states.values()];
  const now = core.settings.clock.now();
  for (const state of states) caughtUp(core.runs, state, now);
  for (const state of states) retire(core, state);
  for (const state of states) forget(core.runs, state);
};

/** Whether the check is startup's alone and startup has passed, so that nothing runs it any more. */
export const isRetired = (core: Core, state: CheckState): boolean =>
  core.lifecycle.latched && probes.every((probe) => holds(state, probe) === (probe === "startup"));

const finish = (core: Core, state: CheckState, run: Run, attempt: Attempt, error: unknown): void => {
  // The check itself may have had itself removed, or the health closed.
  if (state.run === run) noticeAge(core.runs, state, attempt.finishedAt);
  // Whoever was told of its age may have had it removed.
  if (state.run === run) hear(core, state, attempt, error);
  release(core.runs);
  scheduleNext(core.alarms, state);
};

const hear = (core: Core, state: CheckState, attempt: Attempt, error: unknown): void => {
  if (state.run?.phase === "over") settled(core, state);
  const change = record(state, attempt);
  const outcome = state.attempt ?? attempt;
  invalidate(core, state);
  announceResult(core, state.name, outcome, error);
  if (change) announce(core, change, outcome.message, error);
  // Those who wait come before those who are told, but what they bring about is told after this.
  wake(state);
  flush(core);
  // Whoever was told may have had it removed.
  if (!change && !state.stopped) remindOf(core, state, error);
};

/** Tells log and listeners that a check's status has turned. */
export const tellChange = (core: Core, change: ChangeEvent, message: string | undefined): void => {
  announce(core, change, message, undefined);
  flush(core);
};

const remindOf = (core: Core, state: CheckState, error: unknown): void => {
  const { name, standing, attempt, heldFrom, stale } = state;
  if (attempt === undefined || !(stale || (standing.status === "error" && attempt.status === "error"))) return;
  const at = stale ? core.settings.clock.now() : attempt.finishedAt;
  if (at - Math.max(heldFrom, state.remindedAt) < reminderMs) return;
  state.remindedAt = at;
  const why = stale ? ({ reason: "stale", message: staleness(state) } as const) : attempt;
  remind(core, { name, reason: why.reason, message: why.message, lastedMs: at - heldFrom, failures: failures(standing) }, error);
};

const settledLate = (core: Core, state: CheckState): void => {
  caughtUp(core.runs, state, core.settings.clock.now());
  settled(core, state);
  scheduleNext(core.alarms, state);
};

const settled = (core: Core, state: CheckState): void => {
  state.run = undefined;
  state.abandonedInARow = 0;
  invalidate(core, state);
};

const complain = (core: Core, state: CheckState, fault: unknown): void => {
  if (state.flagFault) return;
  state.flagFault = true;
  problem(core, `enabled of check "${state.name}" must answer a boolean; the check runs as if it had said true`, state.name, fault);
};
