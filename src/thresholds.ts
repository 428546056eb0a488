import type { Attempt } from "./run-check.js";
import type { CheckStatus, Reason } from "./types.js";

/**
 * The attempts of a check in a row, and the status that they hold. Counted as the kubelet's prober counts:
 * consecutive, and a flip resets the count in both directions (pkg/kubelet/prober/worker.go).
 */
export interface Standing {
  status: CheckStatus;
  reason: Reason | undefined;
  /** What the last attempts were, `undefined` before the first and after a skip. */
  failing: boolean | undefined;
  streak: number;
  /** Length of the last failing streak that ended. */
  ended: number;
}

/** How many in a row it takes to turn a status, each way. */
export interface Thresholds {
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

const isFailure = (status: CheckStatus): boolean => status === "error";

/** Whether an attempt decides: the first at once, one of the same side at once, one of the other at its threshold. */
const decides = (standing: Standing, failing: boolean, thresholds: Thresholds): boolean => {
  const held = standing.status;
  if (held === "pending" || held === "skipped" || isFailure(held) === failing) return true;
  return standing.streak >= (failing ? thresholds.failureThreshold : thresholds.successThreshold);
};

/** Counts an attempt, `times` over for a run that hangs on; `anew`: what was held is too old to hold on, so that a failure decides at once. */
export const count = (standing: Standing, attempt: Attempt, thresholds: Thresholds, times: number, anew: boolean): void => {
  const failing = isFailure(attempt.status);
  if (standing.failing === true && !failing) standing.ended = standing.streak;
  if (attempt.status === "skipped") {
    standing.failing = undefined;
    standing.streak = 0;
  } else {
    standing.streak = standing.failing === failing ? standing.streak + times : times;
    standing.failing = failing;
    if (!(anew && failing) && !decides(standing, failing, thresholds)) return;
  }
  standing.status = attempt.status;
  standing.reason = attempt.reason;
};

/** Length of the current failing streak. */
export const failures = (standing: Standing): number => (standing.failing === true ? standing.streak : 0);

/** Length of the current streak of successes. */
export const successes = (standing: Standing): number => (standing.failing === false ? standing.streak : 0);
