import { createHook } from "node:async_hooks";
import type { EventEmitter } from "node:events";
import { getEventListeners } from "node:events";
import { readdirSync, readlinkSync } from "node:fs";
import { setImmediate as immediate } from "node:timers/promises";
import type { Check } from "probekit";
import { expect } from "vitest";
import { settle } from "../../support/fake-clock.js";
import { until } from "../../support/real/served.js";

/** What may leak besides the process's own resources. */
export interface Watched {
  /** Emitters whose listeners are counted. */
  readonly emitters?: readonly EventEmitter[];
  /** The client's own figures: `{ total: pool.totalCount }`; compared as they are. */
  readonly gauge?: () => unknown;
}

const descriptors = (): number => {
  const open = readdirSync("/proc/self/fd");
  const isGone = (name: string): boolean => {
    try {
      readlinkSync(`/proc/self/fd/${name}`);
      return false;
    } catch {
      return true;
    }
  };
  return open.filter((name) => !isGone(name)).length;
};

const counts = (names: readonly string[]): Record<string, number> => {
  const counted: Record<string, number> = {};
  for (const name of names) counted[name] = (counted[name] ?? 0) + 1;
  return counted;
};

const watchedTypes = /^(?:TCP|TLS|Pipe|FS|UDP|GetAddrInfo|Query|HTTP)/;

/** Counts the timers that are set and not over, those as well that keep no process alive: `getActiveResourcesInfo` leaves them out. */
const countedTimers = (): { readonly set: ReadonlySet<number>; stop(): void } => {
  const set = new Set<number>();
  const hook = createHook({
    init: (id, type) => void (type === "Timeout" && set.add(id)),
    destroy: (id) => void set.delete(id),
  }).enable();
  return { set, stop: () => void hook.disable() };
};

const measure = ({ emitters = [], gauge }: Watched, timers: number) => ({
  timers,
  descriptors: descriptors(),
  resources: counts(process.getActiveResourcesInfo().filter((name) => watchedTypes.test(name))),
  listeners: emitters.map((emitter) => emitter.eventNames().reduce((sum, name) => sum + emitter.listenerCount(name), 0)),
  gauge: gauge?.(),
});

/** Every figure that is greater than it was; what is no number must be the same. A pool may have closed idle connections meanwhile. */
const grown = (now: unknown, before: unknown, path = ""): string[] => {
  if (typeof now === "number" && typeof before === "number") return now > before ? [`${path}: ${before} became ${now}`] : [];
  if (typeof now !== "object" || now === null) return Object.is(now, before) ? [] : [`${path}: ${String(before)} became ${String(now)}`];
  return Object.entries(now).flatMap(([key, value]) => grown(value, (before as Record<string, unknown> | undefined)?.[key] ?? zero(value), `${path}/${key}`));
};

const zero = (value: unknown): unknown => (typeof value === "number" ? 0 : undefined);

// Every tenth run is aborted: at once, a moment later, or after a turn of the event loop.
const once = async (check: Check, turn: number, timeoutMs: number): Promise<void> => {
  const isAborted = turn % 10 === 9;
  const controller = new AbortController();
  const { signal } = controller;
  const running = Promise.resolve(check({ signal, name: "dependency", timeoutMs })).catch((error: unknown) => {
    if (!isAborted) throw error;
  });
  if (isAborted && turn % 30 !== 9) await (turn % 30 === 19 ? Promise.resolve() : immediate());
  if (isAborted) controller.abort(new DOMException("aborted by the test", "AbortError"));
  await running;
  expect(getEventListeners(signal, "abort")).toEqual([]);
};

/**
 * Runs a check a thousand times, aborts every tenth run, and asserts that descriptors, sockets, timers, listeners
 * and the client's own figures end no higher than they began.
 */
export const assertNoLeak = async (check: Check, watched: Watched = {}, { runs = 1000, timeoutMs = 5000, patienceMs = 15_000 } = {}): Promise<void> => {
  const timers = countedTimers();
  const now = () => measure(watched, timers.set.size);
  for (let turn = 0; turn < 20; turn++) await once(check, turn, timeoutMs);
  await once(check, 0, timeoutMs);
  await settle();
  const before = now();
  for (let turn = 0; turn < runs; turn++) await once(check, turn, timeoutMs);
  await once(check, 0, timeoutMs);
  // expect.poll has a timer of its own, which would be one more than before until it gives up.
  const latest = performance.now() + patienceMs;
  await until(() => grown(now(), before).length === 0 || performance.now() > latest);
  const more = grown(now(), before);
  timers.stop();
  expect(more).toEqual([]);
};
