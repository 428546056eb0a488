import { quietTimeout } from "./clock.js";
import type { Clock } from "./types.js";

/** What an alarm may be set for: it carries its own time, so that none is looked up. */
export interface Ringer {
  /** When its alarm rings, on the monotonic clock; `Infinity`, where none is set. Written by the alarms alone. */
  ringsAt: number;
}

/** Any number of alarms on one timer, which does not keep the process alive: ten thousand timers cost more than what they ring for. */
export interface Alarms<R extends Ringer> {
  /** Rings once, so many milliseconds from now; takes the place of the one that was set for the same ringer. */
  set(ringer: R, delayMs: number): void;
  clear(ringer: R): void;
}

/** The greatest delay a timer holds; Node fires a longer one after 1 ms. */
const longest = 2_147_483_647;

/** Alarms this near to one another are looked through together, so that a wake-up does not look at all of them. */
const slotMs = 16;

const slotOf = (at: number): number => Math.floor(at / slotMs);

/** The alarms that are set, by the slot of time in which they ring. */
interface Slots<R> {
  size: number;
  readonly slots: Map<number, Set<R>>;
}

const add = <R extends Ringer>(set: Slots<R>, ringer: R, at: number): void => {
  ringer.ringsAt = at;
  set.size += 1;
  const slot = set.slots.get(slotOf(at));
  if (slot === undefined) set.slots.set(slotOf(at), new Set([ringer]));
  else slot.add(ringer);
};

const remove = <R extends Ringer>(set: Slots<R>, ringer: R): void => {
  const index = slotOf(ringer.ringsAt);
  const slot = set.slots.get(index);
  ringer.ringsAt = Infinity;
  if (slot?.delete(ringer) !== true) return;
  set.size -= 1;
  if (slot.size === 0) set.slots.delete(index);
};

/** Those that ring now or should have, the earliest first. */
const due = <R extends Ringer>({ slots }: Slots<R>, now: number): { readonly ringer: R; readonly at: number }[] => {
  const found: { readonly ringer: R; readonly at: number }[] = [];
  for (const [index, slot] of slots) {
    if (index > slotOf(now)) continue;
    for (const ringer of slot) if (ringer.ringsAt <= now) found.push({ ringer, at: ringer.ringsAt });
  }
  return found.sort((a, b) => a.at - b.at);
};

/** When the next one rings; `Infinity`, where none is set. */
const next = <R extends Ringer>({ slots }: Slots<R>): number => {
  let first = Infinity;
  for (const index of slots.keys()) first = Math.min(first, index);
  let at = Infinity;
  for (const { ringsAt } of slots.get(first) ?? []) at = Math.min(at, ringsAt);
  return at;
};

/** Alarms of which none is set yet. */
export const newAlarms = <R extends Ringer>(clock: Clock, ring: (ringer: R) => void): Alarms<R> => {
  const set: Slots<R> = { size: 0, slots: new Map() };
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
    // Each wake-up costs as much as some runs: a thousand alarms more are two milliseconds' slack.
    timer = quietTimeout(clock, fire, Math.min(longest, Math.max(at - clock.now(), Math.floor(set.size / 500))));
  };
  const fire = (): void => {
    disarm();
    isRinging = true;
    try {
      for (const { ringer, at } of due(set, clock.now())) {
        if (ringer.ringsAt !== at) continue;
        remove(set, ringer);
        ring(ringer);
      }
    } finally {
      isRinging = false;
      arm(next(set));
    }
  };
  return {
    set: (ringer, delayMs) => {
      const at = clock.now() + delayMs;
      remove(set, ringer);
      add(set, ringer, at);
      arm(at);
    },
    clear: (ringer) => {
      remove(set, ringer);
      if (set.size === 0) disarm();
    },
  };
};
