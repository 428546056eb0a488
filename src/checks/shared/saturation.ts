import type { CheckVerdict } from "probekit";

/** How full a pool is, in connections and in requests that wait for one. */
export interface PoolLevel {
  readonly used: number;
  readonly free: number;
  readonly waiting: number;
  readonly max: number;
}

/** A pool whose releases can be seen. */
export interface WatchedPool {
  /** The pool itself: another one begins anew. */
  readonly identity: unknown;
  /** Calls back at each release until it is told to stop; `undefined` where releases can't be seen. */
  onRelease(listener: () => void): (() => void) | undefined;
}

/** What a full pool is to the check: a warning, or an error. */
export type OnPoolExhausted = "warn" | "error";

/** Tells a full pool from a stuck one over the runs of one check. */
export interface Saturation {
  /** The verdict on a pool that had no connection to lend. */
  exhausted(pool: WatchedPool, level: PoolLevel, stuckAfterMs: number): CheckVerdict;
  /** The pool lent a connection. */
  over(): void;
}

/** The level of a pool whose every connection is in use, else `undefined`. */
export const ifFull = (level: PoolLevel | undefined): PoolLevel | undefined =>
  level !== undefined && level.free === 0 && level.max > 0 && level.used >= level.max ? level : undefined;

/** The part of its timeout that a run gives a full pool, and after how many timeouts without a release it is stuck. */
const patience = 0.5;
const stuckAfterTimeouts = 10;

/** How long a run waits for a full pool, in milliseconds: never so long that its own timeout answers first. */
export const patienceOf = (givenMs: number, timeoutMs = Infinity): number => Math.min(givenMs, timeoutMs * patience);

/** After what time without a release a pool is stuck, in milliseconds. */
export const stuckAfter = (givenMs: number | undefined, timeoutMs = 500): number => givenMs ?? timeoutMs * stuckAfterTimeouts;

/**
 * Full is not failed: it warns, unless told otherwise. A pool that releases nothing for `stuckAfterMs` is stuck, and an
 * error. It listens for releases only while a pool is full, so that it costs nothing else and leaves nothing behind.
 */
export const saturation = (onPoolExhausted: OnPoolExhausted): Saturation => {
  let since: number | undefined;
  let identity: unknown;
  let stop: (() => void) | undefined;
  const over = (): void => {
    stop?.();
    stop = undefined;
    since = undefined;
  };
  const begin = (pool: WatchedPool): number => {
    over();
    identity = pool.identity;
    stop = pool.onRelease(over);
    return performance.now();
  };
  return {
    over,
    exhausted: (pool, level, stuckAfterMs) => {
      if (since === undefined || identity !== pool.identity) since = begin(pool);
      const fullForMs = Math.round(performance.now() - since);
      const isStuck = stop !== undefined && fullForMs >= stuckAfterMs;
      return isStuck ? stuck(level, fullForMs) : full(level, onPoolExhausted);
    },
  };
};

const full = (level: PoolLevel, status: OnPoolExhausted): CheckVerdict => ({
  status,
  message: `pool exhausted: ${level.used} of ${level.max} connections are in use`,
  data: { pool: level },
});

const stuck = (level: PoolLevel, fullForMs: number): CheckVerdict => ({
  status: "error",
  message: `pool stuck: ${level.used} of ${level.max} connections are in use and none was given back for ${fullForMs} ms`,
  data: { pool: level, fullForMs },
});
