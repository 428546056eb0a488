import type { Timed } from "./ask.js";
import type { Settings } from "./settings.js";
import type { Target } from "./target.js";

/** What is known of one that is waited for. */
export interface Waited {
  readonly target: Target;
  /** The last outcome. */
  outcome?: Timed | undefined;
  /** How many times in a row it has passed. */
  streak: number;
}

/** What a wait is about. */
export interface WaitState {
  readonly all: readonly Waited[];
  readonly settings: Settings;
  /** How long it has taken, in milliseconds. */
  readonly tookMs: () => number;
}

/** Takes an outcome down. */
export const take = (waited: Waited, outcome: Timed): void => {
  waited.outcome = outcome;
  waited.streak = outcome.passes ? waited.streak + 1 : 0;
};

/** Those that have not passed often enough in a row. */
export const lacking = (all: readonly Waited[], successes: number): Waited[] => all.filter(({ streak }) => streak < successes);
