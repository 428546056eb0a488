import { exchange, isOverdue, type Sending } from "./exchange.js";
import type { Expectations } from "./expectations.js";
import { failureText } from "./failure.js";
import { secretsOf } from "./headers.js";
import { failed, outcomeOf, type Outcome } from "./outcome.js";
import { withoutSecrets } from "./plain-text.js";
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
  try {
    return outcomeOf(await exchange(target, asking, signal), asking.expectations);
  } catch (error) {
    if (signal.aborted) throw error;
    return isOverdue(error) ? failed("timeout", error.message) : failed("unreachable", failureText(error));
  }
};

// A server may say back what it was sent.
const cleaned = (outcome: Outcome, secrets: readonly string[]): Outcome =>
  secrets.length === 0
    ? outcome
    : (JSON.parse(JSON.stringify(outcome), (_, value) => (typeof value === "string" ? withoutSecrets(value, secrets) : value)) as Outcome);

/** Asks once. Rejects only when aborted. */
export const ask = async (target: Target, asking: Asking, signal: AbortSignal): Promise<Timed> => {
  const begun = performance.now();
  const outcome = await found(target, asking, signal);
  const latencyMs = performance.now() - begun;
  return { ...cleaned(outcome, [...target.secrets, ...secretsOf(asking.headers)]), latencyMs };
};
