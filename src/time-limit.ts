import { afterTurn, quietTimeout } from "./clock.js";
import type { Clock } from "./types.js";

/** What a limit holds. It carries its own place in the row, so that none is looked up; the limit alone writes that. */
export interface Limited {
  /** When it began, on the monotonic clock. */
  readonly startedAt: number;
  held: boolean;
  before: this | undefined;
  after: this | undefined;
}

/** One limit for any number of things on one timer, which does not keep the process alive. */
export interface TimeLimit<T extends Limited> {
  /** Whatever began later is held later: they come to their end in a row, and the timer is the first one's. */
  hold(one: T): void;
  /** Lets go of one, if it is held. */
  free(one: T): void;
}

/** A limit that holds nothing yet; `expire` is called once for each that is held for so long, and may hold and free others. */
export const newTimeLimit = <T extends Limited>(clock: Clock, limitMs: number, expire: (one: T) => void): TimeLimit<T> => {
  let first: T | undefined;
  let last: T | undefined;
  /** When that one began whose timer runs, or has rung. */
  let from: number | undefined;
  let timer: unknown;

  const arm = (): void => {
    from = first?.startedAt;
    if (from === undefined) return;
    timer = quietTimeout(clock, rung, Math.max(0, limitMs - (clock.now() - from)));
  };
  // What is due in the same turn, such as a verdict, comes first. Whose time is over only by the end of that turn, for
  // something may block it, has a turn to come.
  const rung = (): void => {
    if (from === undefined) return;
    // A timer of Node may ring a moment early: the one that it was set for has had its time.
    const now = Math.max(clock.now(), from + limitMs);
    timer = undefined;
    afterTurn(() => end(now));
  };
  const end = (now: number): void => {
    try {
      for (let one = due(now); one !== undefined; one = due(now)) {
        free(one);
        expire(one);
      }
    } finally {
      arm();
    }
  };
  // Timers count whole milliseconds: those that began within one end together. A test may have faked the timers and not the clock.
  const due = (now: number): T | undefined => (first !== undefined && now - first.startedAt > limitMs - 1 ? first : undefined);
  const free = (one: T): void => {
    if (!one.held) return;
    one.held = false;
    if (one.before === undefined) first = one.after;
    else one.before.after = one.after;
    if (one.after === undefined) last = one.before;
    else one.after.before = one.before;
    one.before = one.after = undefined;
    if (first !== undefined || timer === undefined) return;
    clock.clearTimeout(timer);
    timer = from = undefined;
  };
  return {
    hold: (one) => {
      one.held = true;
      one.before = last;
      if (last === undefined) first = one;
      else last.after = one;
      last = one;
      if (from === undefined) arm();
    },
    free,
  };
};
