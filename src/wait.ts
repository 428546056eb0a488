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
    done();
  };
  // One whose deadline has passed stays among the waiters until the run has its verdict, which its timeout bounds: to look
  // for it there would cost a flood of probes the square of their number.
  const arrived = (): void => {
    left -= 1;
    if (left === 0) end();
  };
  // A verdict that is due in the same turn comes first.
  const timer = clock.setTimeout(() => afterTurn(end), deadlineMs);
  for (const state of states) {
    // An array that grows from nothing takes room for seventeen.
    if (state.waiters.length === 0) state.waiters = [arrived];
    else state.waiters.push(arrived);
  }
};
