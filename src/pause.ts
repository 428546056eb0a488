import { record, type CheckState } from "./check-state.js";
import { invalidate, tellChange, type Core } from "./core.js";
import { notRun } from "./run-check.js";
import { forget, unqueue } from "./runs.js";
import { resume } from "./schedule.js";

/** Stops a check for a while; it counts as skipped. */
export const pauseCheck = (core: Core, state: CheckState): void => {
  if (state.paused || state.stopped) return;
  state.paused = true;
  core.alarms.clear(state);
  unqueue(core.runs, state);
  const change = record(state, notRun(core.settings.clock));
  invalidate(core, state);
  forget(core.runs, state);
  if (change) tellChange(core, change, undefined);
};

/** Lets a check run again; what it said before it was paused is forgotten, so that its first run decides. */
export const resumeCheck = (core: Core, state: CheckState): void => {
  if (!state.paused) return;
  state.paused = false;
  state.attempt = undefined;
  invalidate(core, state);
  resume(core.runs, state);
};
