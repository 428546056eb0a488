import { entryOf, excludedEntry, isUnderWay, unchangedUntil, type CheckState, type Late } from "./check-state.js";
import { invalidateAll, isRetired, listed, logLifecycle, startupChecks, type Core } from "./core.js";
import { isStarting, lifecycleOf, mayLatch } from "./lifecycle.js";
import { aggregate, singleView, viewOf, type Entry, type Scope, type View } from "./report.js";
import { request } from "./runs.js";
import { unschedule } from "./schedule.js";
import type { Probe } from "./types.js";
import { waitFor } from "./wait.js";

/** What a caller asks for: a scope, without some checks. */
interface Question {
  readonly scope: Scope;
  /** Names that the scope lists; they are neither run nor counted. */
  readonly exclude: ReadonlySet<string> | undefined;
}

/** The view of a scope: at once when everything needed is fresh, else within the deadline. Never rejects. */
export const evaluate = (core: Core, scope: Scope, exclude?: ReadonlySet<string>): View | Promise<View> => {
  const now = core.settings.clock.now();
  const names = exclude && known(core, scope, exclude);
  const cached = names === undefined ? core.views.get(scope) : undefined;
  if (cached !== undefined && now < cached.until) return cached.view;
  const question = { scope, exclude: names };
  return afterRuns(core, needed(core, question), now, (moment, late) => conclude(core, question, moment, late));
};

/** The view of one check alone, or `undefined` when the probe does not hold it. */
export const evaluateOne = (core: Core, probe: Probe, name: string, exclude?: ReadonlySet<string>): View | Promise<View> | undefined => {
  const state = core.states.get(name);
  if (state === undefined || !state.settings.probes.includes(probe)) return undefined;
  const excluded = exclude?.has(name) === true;
  const runs = excluded || isRetired(core, state) ? [] : [state];
  return afterRuns(core, runs, core.settings.clock.now(), (moment, late) =>
    singleView(probe, [name, excluded ? excludedEntry(state) : entryOf(state, moment, late)], lifecycle(core)),
  );
};

/** What is known now; runs nothing and latches nothing. */
export const look = (core: Core, scope: Scope): View => view(core, { scope, exclude: undefined }, core.settings.clock.now(), undefined);

const lifecycle = (core: Core) => lifecycleOf(core.lifecycle, startupChecks(core));

/** Those of the names that the scope lists, or `undefined` when there are none. */
const known = (core: Core, scope: Scope, exclude: ReadonlySet<string>): ReadonlySet<string> | undefined => {
  const names = listed(core, scope).flatMap(({ name }) => (exclude.has(name) ? [name] : []));
  return names.length === 0 ? undefined : new Set(names);
};

/** The checks whose results a question needs: its own and, until startup has passed, startup's as well. */
const needed = (core: Core, { scope, exclude }: Question): CheckState[] => {
  if (core.lifecycle.closed || (scope === "startup" && core.lifecycle.latched)) return [];
  const own = listed(core, scope);
  const gate = scope === "ready" && isStarting(core.lifecycle, startupChecks(core)) ? listed(core, "startup") : [];
  return [...new Set([...own, ...gate])].filter((state) => !exclude?.has(state.name) && !isRetired(core, state));
};

const afterRuns = (
  core: Core,
  states: readonly CheckState[],
  now: number,
  conclusion: (moment: number, late: Late | undefined) => View,
): View | Promise<View> => {
  const { clock, deadlineMs } = core.settings;
  const waiting = core.lifecycle.closed ? [] : states.filter((state) => request(core.runs, state, now));
  if (waiting.length === 0) return conclusion(clock.now(), undefined);
  return new Promise((resolve) => {
    waitFor(waiting, clock, deadlineMs, () => resolve(conclusion(clock.now(), { deadlineMs })));
  });
};

/** Latches startup if it has passed, then draws the view and keeps it for as long as it holds. */
const conclude = (core: Core, question: Question, now: number, late: Late | undefined): View => {
  if (question.scope !== "live" && question.exclude === undefined) latch(core, now, late);
  const drawn = view(core, question, now, late);
  if (question.exclude === undefined) keep(core, question, drawn);
  return drawn;
};

const keep = (core: Core, question: Question, drawn: View): void => {
  const running = new Set(needed(core, question));
  let until = Infinity;
  for (const state of new Set([...running, ...listed(core, question.scope)])) {
    if (running.has(state) && isUnderWay(state)) return;
    until = Math.min(until, unchangedUntil(state, !running.has(state)));
  }
  core.views.set(question.scope, { view: drawn, until });
};

const latch = (core: Core, now: number, late: Late | undefined): void => {
  const gate = listed(core, "startup");
  if (core.lifecycle.closed || !mayLatch(core.lifecycle, gate.length)) return;
  const { status } = aggregate(gate.map((state) => [state.name, entryOf(state, now, late)]), "startup");
  if (status === "unhealthy") return;
  core.lifecycle.latched = true;
  for (const state of gate) if (isRetired(core, state)) unschedule(core.timers, state);
  invalidateAll(core);
  logLifecycle(core, "startup has passed");
};

const view = (core: Core, { scope, exclude }: Question, now: number, late: Late | undefined): View => {
  const entries = listed(core, scope).map(
    (state): Entry => [state.name, exclude?.has(state.name) ? excludedEntry(state) : entryOf(state, now, late)],
  );
  const { manual, marked, latched } = core.lifecycle;
  return viewOf(scope, entries, lifecycle(core), { latched, held: manual && !marked });
};
