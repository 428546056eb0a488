import type { Lifecycle } from "./types.js";

/** What has happened to the service; each flag latches. */
export interface LifecycleState {
  readonly manual: boolean;
  /** `markStarted()` was called. */
  marked: boolean;
  /** Startup has passed, for the life of the process. */
  latched: boolean;
  draining: boolean;
  closed: boolean;
  /** What listeners were told last. */
  told: Lifecycle;
}

/** A service that has just been made. */
export const newLifecycle = (manual: boolean): LifecycleState => ({
  manual,
  marked: false,
  latched: false,
  draining: false,
  closed: false,
  told: manual ? "starting" : "running",
});

/** Whether startup still holds ready back. */
export const isStarting = (state: LifecycleState, startupChecks: number): boolean =>
  !state.latched && (startupChecks > 0 || (state.manual && !state.marked));

/** Whether a startup report that is not unhealthy latches startup: never for want of checks alone. */
export const mayLatch = (state: LifecycleState, startupChecks: number): boolean =>
  !state.latched && (state.manual ? state.marked : startupChecks > 0);

/** Where the service stands. */
export const lifecycleOf = (state: LifecycleState, startupChecks: number): Lifecycle => {
  if (state.closed) return "closed";
  if (state.draining) return "draining";
  return isStarting(state, startupChecks) ? "starting" : "running";
};
