import type { Clock } from "probekit";

interface Timer {
  readonly at: number;
  readonly order: number;
  readonly callback: () => void;
}

/** A clock that stands still until it is told to go on. */
export interface FakeClock extends Clock {
  /** Goes on, fires what falls due in order, and lets the event loop turn after each. */
  advance(ms: number): Promise<void>;
  /** Goes on without firing anything, as a blocked event loop does. */
  block(ms: number): void;
  /** Moves the wall clock alone. */
  jumpWall(ms: number): void;
  /** How many timers are armed. */
  readonly armed: number;
}

/** Lets promises and immediates settle. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};

export const fakeClock = (): FakeClock => {
  const timers = new Map<number, Timer>();
  let time = 0;
  let wall = Date.UTC(2026, 10, 24, 10);
  let order = 0;
  const next = (until: number): [number, Timer] | undefined =>
    [...timers].filter(([, timer]) => timer.at <= until).toSorted(([, a], [, b]) => a.at - b.at || a.order - b.order)[0];
  const go = (to: number): void => {
    wall += Math.max(0, to - time);
    time = Math.max(time, to);
  };
  return {
    now: () => time,
    wallNow: () => wall,
    setTimeout: (callback, delayMs) => {
      order += 1;
      timers.set(order, { at: time + delayMs, order, callback });
      return order;
    },
    clearTimeout: (handle) => void timers.delete(handle as number),
    advance: async (ms) => {
      await settle();
      const until = time + ms;
      for (let due = next(until); due !== undefined; due = next(until)) {
        timers.delete(due[0]);
        go(due[1].at);
        due[1].callback();
        await settle();
      }
      go(until);
    },
    block: (ms) => go(time + ms),
    jumpWall: (ms) => {
      wall += ms;
    },
    get armed() {
      return timers.size;
    },
  };
};
