import { quietTimeout } from "./clock.js";
import type { Clock } from "./types.js";

/** Any number of alarms on one timer, which does not keep the process alive: ten thousand timers cost more than what they ring for. */
export interface Alarms<K> {
  /** Rings once, so many milliseconds from now; takes the place of the one that was set for the same key. */
  set(key: K, delayMs: number): void;
  clear(key: K): void;
}

/** The greatest delay a timer holds; Node fires a longer one after 1 ms. */
const longest = 2_147_483_647;

/** Alarms of which none is set yet. */
export const newAlarms = <K>(clock: Clock, ring: (key: K) => void): Alarms<K> => {
  const alarms = new Map<K, number>();
  let timer: unknown;
  let armedFor = Infinity;
  let isRinging = false;

  const disarm = (): void => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
    armedFor = Infinity;
  };
  const arm = (at: number): void => {
    if (isRinging || at >= armedFor) return;
    disarm();
    armedFor = at;
    // Each wake-up costs as much as some runs, and looks at every alarm: a thousand alarms more are two milliseconds' slack.
    timer = quietTimeout(clock, fire, Math.min(longest, Math.max(at - clock.now(), Math.floor(alarms.size / 500))));
  };
  const fire = (): void => {
    disarm();
    const now = clock.now();
    const due: { readonly key: K; readonly at: number }[] = [];
    alarms.forEach((at, key) => {
      if (at <= now) due.push({ key, at });
    });
    isRinging = true;
    try {
      for (const { key, at } of due.sort((a, b) => a.at - b.at)) {
        if (alarms.get(key) !== at) continue;
        alarms.delete(key);
        ring(key);
      }
    } finally {
      isRinging = false;
      let next = Infinity;
      alarms.forEach((at) => {
        next = Math.min(next, at);
      });
      arm(next);
    }
  };
  return {
    set: (key, delayMs) => {
      const at = clock.now() + delayMs;
      alarms.set(key, at);
      arm(at);
    },
    clear: (key) => {
      alarms.delete(key);
      if (alarms.size === 0) disarm();
    },
  };
};
