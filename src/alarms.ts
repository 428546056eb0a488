import { quietTimeout } from "./clock.js";
import type { Clock } from "./types.js";

interface Alarm<K> {
  readonly at: number;
  readonly key: K;
  isSet: boolean;
}

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
  const alarms = new Map<K, Alarm<K>>();
  const heap: Alarm<K>[] = [];
  let timer: unknown;
  let armedFor = Infinity;
  let isRinging = false;

  const disarm = (): void => {
    if (timer !== undefined) clock.clearTimeout(timer);
    timer = undefined;
    armedFor = Infinity;
  };
  const arm = (): void => {
    const next = heap[0];
    if (isRinging) return;
    if (next === undefined) return disarm();
    if (next.at >= armedFor) return;
    disarm();
    armedFor = next.at;
    timer = quietTimeout(clock, fire, Math.min(longest, Math.max(0, next.at - clock.now())));
  };
  const fire = (): void => {
    disarm();
    const now = clock.now();
    isRinging = true;
    try {
      for (let first = heap[0]; first !== undefined && first.at <= now; first = heap[0]) {
        removeFirst(heap);
        if (!first.isSet) continue;
        alarms.delete(first.key);
        ring(first.key);
      }
    } finally {
      isRinging = false;
      arm();
    }
  };
  const clear = (key: K): void => {
    const alarm = alarms.get(key);
    if (alarm === undefined) return;
    alarm.isSet = false;
    alarms.delete(key);
    // What is cleared stays in the heap until its time has come, but never makes up the greater part of it.
    if (heap.length > 2 * alarms.size) rebuild(heap, alarms.values());
    arm();
  };
  return {
    clear,
    set: (key, delayMs) => {
      const alarm = { at: clock.now() + delayMs, key, isSet: true };
      const before = alarms.get(key);
      if (before !== undefined) before.isSet = false;
      alarms.set(key, alarm);
      insert(heap, alarm);
      if (heap.length > 2 * alarms.size) rebuild(heap, alarms.values());
      arm();
    },
  };
};

type Heap = { readonly at: number }[];

/** A binary heap: each stands behind the one at half its place, the earliest first. */
const insert = (heap: Heap, alarm: Heap[number]): void => {
  let place = heap.length;
  while (place > 0) {
    const above = (place - 1) >> 1;
    if (heap[above]!.at <= alarm.at) break;
    heap[place] = heap[above]!;
    place = above;
  }
  heap[place] = alarm;
};

const removeFirst = (heap: Heap): void => {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let place = 0;
  for (;;) {
    let below = 2 * place + 1;
    if (below + 1 < heap.length && heap[below + 1]!.at < heap[below]!.at) below += 1;
    if (below >= heap.length || last.at <= heap[below]!.at) break;
    heap[place] = heap[below]!;
    place = below;
  }
  heap[place] = last;
};

const rebuild = (heap: Heap, alarms: Iterable<Heap[number]>): void => {
  heap.length = 0;
  for (const alarm of alarms) insert(heap, alarm);
};
