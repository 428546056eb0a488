import type { CheckState } from "./check-state.js";
import { afterTurn } from "./clock.js";
import type { Clock } from "./types.js";

/**
 * Calls back once, when every check has its verdict or when the deadline passes. The timer is not unref'ed:
 * somebody awaits the report.
 */
export const waitFor = (states: readonly CheckState[], clock: Clock, deadlineMs: number, done: () => void): void => {
  let left = states.length;
  const end = (): void => {
    if (left < 0) return;
    left = -1;
    clock.clearTimeout(timer);
    for (const state of states) state.waiters.delete(arrived);
    done();
  };
  const arrived = (): void => {
    left -= 1;
    if (left === 0) end();
  };
  // A verdict that is due in the same turn comes first.
  const timer = clock.setTimeout(() => afterTurn(end), deadlineMs);
  for (const state of states) state.waiters.add(arrived);
};
