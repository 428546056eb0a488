import type { Timed } from "./ask.js";
import type { Sample } from "./sparkline.js";
import type { Target } from "./target.js";
import { kindOf } from "./why.js";

/** What is known of one that is watched. */
export interface Watched {
  readonly target: Target;
  outcome?: Timed | undefined;
  /** The last of them, the newest last. */
  readonly samples: Sample[];
  /** When it became what it is, in milliseconds of the monotonic clock. */
  changedAt?: number | undefined;
}

/** No terminal shows more. */
const mostSamples = 200;

/**
 * Takes an outcome down.
 * @returns whether it differs from the one before
 */
export const take = (watched: Watched, outcome: Timed, now: number): boolean => {
  const isFirst = watched.outcome === undefined;
  const isChange = watched.outcome === undefined || kindOf(watched.outcome) !== kindOf(outcome);
  if (isChange && !isFirst) watched.changedAt = now;
  watched.outcome = outcome;
  watched.samples.push({ status: outcome.status, passes: outcome.passes, latencyMs: outcome.latencyMs });
  if (watched.samples.length > mostSamples) watched.samples.shift();
  return isChange;
};
