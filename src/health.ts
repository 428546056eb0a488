import { problem } from "./announce.js";
import { addCheck, invalidateAll, newCore, noteLifecycle, removeCheck, stopAll, type Core } from "./core.js";
import type { CheckState } from "./check-state.js";
import { subscribe } from "./emitter.js";
import { HealthError, shown } from "./errors.js";
import { evaluate, evaluateOne, look } from "./evaluate.js";
import { inner, type Inner } from "./inner.js";
import { loggedError, logTo } from "./log.js";
import { checkFunction, checkName, checkSettings, healthSettings, knownProbe } from "./options.js";
import { pauseCheck, resumeCheck } from "./pause.js";
import { reportOf, type Scope, type View } from "./report.js";
import type { Check, CheckOptions, Health, HealthOptions, Probe, Report } from "./types.js";

/**
 * Makes the health of one service.
 * @throws HealthError naming the option and the value that is not valid
 * @example
 * const health = createHealth({ service: "orders", version: "2.1.0" });
 * health.register("database", knexCheck(db));
 */
export const createHealth = (options?: HealthOptions): Health => {
  const core = newCore(healthSettings(options));
  return {
    register: (name, check, checkOptions) => register(core, name, check, checkOptions),
    unregister: (name) => withCheck(core, name, removeCheck),
    pause: (name) => withCheck(core, name, pauseCheck),
    resume: (name) => withCheck(core, name, resumeCheck),
    report: (probe) => report(core, probe),
    snapshot: (probe) => reportAt(core, look(core, scopeOf(probe))),
    markStarted: () => markStarted(core),
    drain: () => drain(core),
    close: () => close(core),
    on: (event, listener) => subscribe(core.listeners, event, listener),
    [inner]: innerOf(core),
  } as Health;
};

const scopeOf = (probe: Probe | undefined): Scope => (probe === undefined ? "all" : knownProbe(probe));

const reportAt = (core: Core, view: View): Report => reportOf(view, core.settings, core.settings.clock.wallNow());

const register = (core: Core, name: string, check: Check, options: CheckOptions | undefined): void => {
  checkName(name);
  if (core.states.has(name)) throw new HealthError("duplicate-name", `a check named ${shown(name)} is registered already; it stays`);
  addCheck(core, name, checkFunction(name, check), checkSettings(name, options, core.settings));
};

const withCheck = (core: Core, name: string, act: (core: Core, state: CheckState) => void): boolean => {
  const state = core.states.get(name);
  if (state !== undefined) act(core, state);
  return state !== undefined;
};

const report = (core: Core, probe: Probe | undefined): Promise<Report> => {
  const scope = scopeOf(probe);
  return Promise.resolve(evaluate(core, scope)).then((view) => reportAt(core, view));
};

const markStarted = (core: Core): void => {
  if (!core.settings.manual) return problem(core, 'markStarted() does nothing without startup: "manual"');
  if (core.lifecycle.marked) return;
  core.lifecycle.marked = true;
  invalidateAll(core);
  noteLifecycle(core);
};

const drain = (core: Core): void => {
  if (core.lifecycle.draining) return;
  core.lifecycle.draining = true;
  invalidateAll(core);
  noteLifecycle(core);
};

const close = (core: Core): Promise<void> => {
  if (!core.lifecycle.closed) {
    drain(core);
    core.lifecycle.closed = true;
    invalidateAll(core);
    stopAll(core);
    noteLifecycle(core);
  }
  return Promise.resolve();
};

const innerOf = (core: Core): Inner => ({
  evaluate: (scope, exclude) => evaluate(core, scope, exclude),
  evaluateOne: (probe, name, exclude) => evaluateOne(core, probe, name, exclude),
  service: core.settings.service,
  version: core.settings.version,
  wallNow: () => core.settings.clock.wallNow(),
  isLeaving: () => core.lifecycle.draining,
  log: (entry, error) => logTo(core.settings.logger, error === undefined ? entry : { ...entry, error: loggedError(error) }),
  problem: (message, error) => problem(core, message, undefined, error),
});
