import { exchange, isOverdue, type Sending } from "./exchange.js";
import type { Expectations } from "./expectations.js";
import { failureText } from "./failure.js";
import { secretsOf } from "./headers.js";
import { failed, outcomeOf, type Outcome } from "./outcome.js";
import { showing } from "./show.js";
import type { Target } from "./target.js";

/** An outcome, and how long it took. */
export interface Timed extends Outcome {
  readonly latencyMs: number;
}

/** How a target is asked, and what is expected of it. */
export interface Asking extends Sending {
  readonly expectations: Expectations;
}

const found = async (target: Target, asking: Asking, signal: AbortSignal): Promise<Outcome> => {
  const show = showing([...target.secrets, ...secretsOf(asking.headers)]);
  try {
    return outcomeOf(await exchange(target, asking, signal), { expectations: asking.expectations, show });
  } catch (error) {
    if (signal.aborted) throw error;
    return isOverdue(error) ? failed("timeout", error.message) : failed("unreachable", failureText(error));
  }
};

/** Asks once. Rejects only when aborted. */
export const ask = async (target: Target, asking: Asking, signal: AbortSignal): Promise<Timed> => {
  const begun = performance.now();
  const outcome = await found(target, asking, signal);
  return { ...outcome, latencyMs: performance.now() - begun };
};
