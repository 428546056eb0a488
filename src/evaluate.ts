import { isUnderWay, unchangedUntil, type CheckState } from "./check-state.js";
import { afterTurn } from "./clock.js";
import { invalidateAll, isRetired, listed, noteLifecycle, retire, startupChecks, type CachedView, type Core } from "./core.js";
import { entryOf, excludedEntry, type Late } from "./entry.js";
import { isStarting, lifecycleOf, mayLatch } from "./lifecycle.js";
import { add, newTally, singleView, viewOf, type Scope, type View } from "./report.js";
import { caughtUp, request } from "./runs.js";
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
  const cached = names === undefined ? core.views[scope] : undefined;
  if (cached !== undefined && now < cached.until) return cached.view;
  const question = { scope, exclude: names };
  return afterRuns(core, needed(core, question), now, (moment, late) => conclude(core, question, moment, late));
};

/** The view of one check alone, or `undefined` when the probe does not hold it. */
export const evaluateOne = (core: Core, probe: Probe, name: string, exclude?: ReadonlySet<string>): View | Promise<View> | undefined => {
  const state = core.states.get(name);
  if (state === undefined || !state.settings.probes.includes(probe)) return undefined;
  const excluded = exclude?.has(name) === true;
  return afterRuns(core, excluded ? [] : [state], core.settings.clock.now(), (moment, late) => {
    caughtUp(core.runs, state, moment);
    return singleView(probe, { name, check: excluded ? excludedEntry(state) : entryOf(state, moment, late) }, lifecycle(core));
  });
};

/** What is known now; runs nothing and latches nothing. */
export const look = (core: Core, scope: Scope): View => {
  const now = core.settings.clock.now();
  const question = { scope, exclude: undefined };
  allCaughtUp(core, question, now);
  return view(core, question, now, undefined);
};

// A run may have hung on while others were waited for.
const allCaughtUp = (core: Core, question: Question, now: number): void => {
  for (const state of concerned(core, question)) caughtUp(core.runs, state, now);
};

/** Every check that an answer lists or depends on. */
const concerned = (core: Core, question: Question): readonly CheckState[] => union(needed(core, question), listed(core, question.scope));

// Of ten thousand checks each copy counts.
const union = (some: readonly CheckState[], others: readonly CheckState[]): readonly CheckState[] =>
  some === others || others.length === 0 ? some : some.length === 0 ? others : [...new Set([...some, ...others])];

const lifecycle = (core: Core) => lifecycleOf(core.lifecycle, startupChecks(core));

/** Those of the names that the scope lists, or `undefined` when there are none. */
const known = (core: Core, scope: Scope, exclude: ReadonlySet<string>): ReadonlySet<string> | undefined => {
  const names = listed(core, scope).flatMap(({ name }) => (exclude.has(name) ? [name] : []));
  return names.length === 0 ? undefined : new Set(names);
};

/** The checks whose results a question needs: its own and, until startup has passed, startup's as well. */
const needed = (core: Core, { scope, exclude }: Question): readonly CheckState[] => {
  if (scope === "startup" && core.lifecycle.latched) return [];
  const own = listed(core, scope);
  const isGated = scope === "ready" && isStarting(core.lifecycle, startupChecks(core));
  const all = isGated ? union(own, listed(core, "startup")) : own;
  return exclude === undefined ? all : all.filter((state) => !exclude.has(state.name));
};

const afterRuns = (
  core: Core,
  states: readonly CheckState[],
  now: number,
  conclusion: (moment: number, late: Late | undefined) => View,
): View | Promise<View> => {
  const { clock, deadlineMs } = core.settings;
  // One check that is started may stop another that was.
  const waiting = states.filter((state) => request(core.runs, state, now)).filter(isUnderWay);
  if (waiting.length === 0) return conclusion(clock.now(), undefined);
  core.waiting += 1;
  return new Promise((resolve) => {
    waitFor(waiting, clock, deadlineMs, () => {
      core.waiting -= 1;
      resolve(conclusion(clock.now(), { deadlineMs }));
    });
  });
};

/** Latches startup if it has passed, then draws the view and keeps it for as long as it holds. */
const conclude = (core: Core, question: Question, now: number, late: Late | undefined): View => {
  // Of a thousand who waited for the same, the first draws for all.
  const cached = question.exclude === undefined ? core.views[question.scope] : undefined;
  if (cached !== undefined && (now < cached.until || (late && cached.thisTurn))) return cached.view;
  allCaughtUp(core, question, now);
  if (question.exclude !== undefined) return view(core, question, now, late);
  if (question.scope !== "live") latch(core, now, late);
  const drawn = view(core, question, now, late);
  keep(core, question, { view: drawn, until: unchanged(core, question), thisTurn: late !== undefined && core.waiting > 0 });
  return drawn;
};

/** Until when a view holds; nothing that is still under way may be read from it later. */
const unchanged = (core: Core, question: Question): number =>
  concerned(core, question).reduce((until, state) => Math.min(until, unchangedUntil(state)), Infinity);

const keep = (core: Core, { scope }: Question, kept: CachedView): void => {
  core.views[scope] = kept;
  if (!kept.thisTurn) return;
  afterTurn(() => {
    kept.thisTurn = false;
  });
};

const latch = (core: Core, now: number, late: Late | undefined): void => {
  const gate = listed(core, "startup");
  if (core.lifecycle.closed || !mayLatch(core.lifecycle, gate.length)) return;
  const tally = newTally();
  for (const state of gate) add(tally, "startup", { name: state.name, check: entryOf(state, now, late) });
  if (tally.status === "unhealthy") return;
  core.lifecycle.latched = true;
  invalidateAll(core);
  for (const state of gate) if (isRetired(core, state)) retire(core, state);
  noteLifecycle(core);
};

const view = (core: Core, { scope, exclude }: Question, now: number, late: Late | undefined): View => {
  const tally = newTally();
  for (const state of listed(core, scope)) {
    add(tally, scope, { name: state.name, check: exclude?.has(state.name) ? excludedEntry(state) : entryOf(state, now, late) });
  }
  const { manual, marked, latched } = core.lifecycle;
  return viewOf(scope, tally, lifecycle(core), { latched, held: manual && !marked });
};
