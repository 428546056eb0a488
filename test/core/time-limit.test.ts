import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import * as fc from "fast-check";
import { fakeClock } from "probekit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/clock.js";
import { newTimeLimit, type Limited, type TimeLimit } from "../../src/time-limit.js";
import type { Clock } from "../../src/types.js";
import { settle } from "../support/fake-clock.js";

interface Named extends Limited {
  readonly name: string;
}

const named = (clock: Clock, name: string): Named => ({ name, startedAt: clock.now(), held: false, before: undefined, after: undefined });

/** A limit of 100 ms, and what it told of when. */
const limited = (expired: (limit: TimeLimit<Named>, one: Named) => void = () => {}) => {
  const clock = fakeClock();
  const ends: [name: string, at: number][] = [];
  const limit = newTimeLimit<Named>(clock, 100, (one) => {
    ends.push([one.name, clock.now()]);
    expired(limit, one);
  });
  const hold = (name: string): Named => {
    const one = named(clock, name);
    limit.hold(one);
    return one;
  };
  return { clock, ends, limit, hold };
};

describe("a time limit", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("ends each at its own time, on one timer", async () => {
    const { clock, ends, hold } = limited();
    hold("a");
    await clock.advance(30);
    hold("b");
    hold("c");
    expect(clock.armed).toBe(1);
    await clock.advance(70);
    expect(ends).toEqual([["a", 100]]);
    expect(clock.armed).toBe(1);
    await clock.advance(30);
    expect(ends).toEqual([["a", 100], ["b", 130], ["c", 130]]);
    expect(clock.armed).toBe(0);
  });

  it("has no timer once all are freed, and one again for the next", async () => {
    const { clock, ends, limit, hold } = limited();
    const [a, b] = [hold("a"), hold("b")];
    limit.free(a);
    expect(clock.armed).toBe(1);
    limit.free(b);
    limit.free(b);
    expect(clock.armed).toBe(0);
    await clock.advance(50);
    hold("c");
    await clock.advance(100);
    expect(ends).toEqual([["c", 150]]);
  });

  it("lets what is freed in the turn in which its time is over go", async () => {
    const clock = fakeClock();
    const ends: string[] = [];
    const limit = newTimeLimit<Named>({ ...clock, setTimeout: (callback, delayMs) => clock.setTimeout(() => (callback(), limit.free(a)), delayMs) }, 100, ({ name }) => ends.push(name));
    const [a, b] = [named(clock, "a"), named(clock, "b")];
    limit.hold(a);
    limit.hold(b);
    await clock.advance(100);
    expect(ends).toEqual(["b"]);
    expect(clock.armed).toBe(0);
  });

  it("holds what begins and frees what ends while it tells of others", async () => {
    const { clock, ends, hold } = limited((limit, { name }) => {
      if (name !== "a") return;
      limit.free(b);
      hold("d");
    });
    hold("a");
    const b = hold("b");
    hold("c");
    await clock.advance(100);
    expect(ends).toEqual([["a", 100], ["c", 100]]);
    expect(clock.armed).toBe(1);
    await clock.advance(100);
    expect(ends.at(-1)).toEqual(["d", 200]);
    expect(clock.armed).toBe(0);
  });

  it("goes on when one that it tells throws", async () => {
    const { clock, ends, hold } = limited((_limit, { name }) => {
      if (name === "a") throw new Error("told");
    });
    const thrown: unknown[] = [];
    const caught = (error: unknown): void => void thrown.push(error);
    const others = process.listeners("uncaughtException");
    process.removeAllListeners("uncaughtException");
    process.on("uncaughtException", caught);
    hold("a");
    hold("b");
    await clock.advance(100);
    await clock.advance(1);
    process.removeListener("uncaughtException", caught);
    for (const other of others) process.on("uncaughtException", other);
    expect(thrown).toEqual([new Error("told")]);
    expect(ends.map(([name]) => name)).toEqual(["a", "b"]);
  });

  it("ends the first, for which its timer was set, though the timer rings a moment early", async () => {
    vi.useFakeTimers();
    const early: Clock = { ...systemClock, now: () => performance.now() * 0.99 };
    const ends: string[] = [];
    const limit = newTimeLimit<Named>(early, 100, ({ name }) => ends.push(name));
    limit.hold(named(early, "a"));
    vi.advanceTimersByTime(2);
    limit.hold(named(early, "b"));
    // The turn after the ring is a millisecond later here.
    await vi.advanceTimersByTimeAsync(99);
    expect(ends).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(3);
    expect(ends).toEqual(["a", "b"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives one whose time is over only at the end of a blocked turn a turn of its own", async () => {
    const clock = fakeClock();
    const ends: [string, number][] = [];
    const blocked: Clock = { ...clock, setTimeout: (callback, delayMs) => clock.setTimeout(() => (callback(), clock.block(60)), delayMs) };
    const limit = newTimeLimit<Named>(blocked, 100, ({ name }) => ends.push([name, clock.now()]));
    const hold = (name: string): void => limit.hold(named(clock, name));
    hold("a");
    await clock.advance(50);
    hold("b");
    await clock.advance(50);
    expect(ends).toEqual([["a", 160]]);
    await clock.advance(0);
    expect(ends).toEqual([["a", 160], ["b", 220]]);
    expect(clock.armed).toBe(0);
  });

  it("ends all that begin within a millisecond together, under fake timers that leave the clock alone as well", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    let now = 0;
    const clock: Clock = { ...systemClock, now: () => now };
    const ends: string[] = [];
    const limit = newTimeLimit<Named>(clock, 100, ({ name }) => ends.push(name));
    for (const name of ["a", "b", "c"]) {
      limit.hold(named(clock, name));
      now += 0.4;
    }
    vi.advanceTimersByTime(100);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ends).toEqual(["a", "b", "c"]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("keeps nothing of one that it has let go of", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const { limit, hold } = limited();
    const freed = (() => {
      const one = hold("a");
      hold("b");
      limit.free(one);
      return new WeakRef(one);
    })();
    await settle();
    collect();
    expect(freed.deref()).toBe(undefined);
  });

  it("ends exactly those that are not freed in time, whatever comes in between", async () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant("hold" as const) }),
      fc.record({ type: fc.constant("free" as const), which: fc.nat(20) }),
      fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 60 }) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { clock, ends, limit, hold } = limited();
        const due = new Map<string, number>();
        const all: Named[] = [];
        const expected: [string, number][] = [];
        const wait = async (ms: number): Promise<void> => {
          await clock.advance(ms);
          for (const [name, at] of due) {
            if (at > clock.now()) continue;
            expected.push([name, at]);
            due.delete(name);
          }
        };
        for (const each of steps) {
          if (each.type === "wait") await wait(each.ms);
          else if (each.type === "hold") {
            const one = hold(`n${all.length}`);
            all.push(one);
            due.set(one.name, clock.now() + 100);
          } else {
            const one = all[each.which % Math.max(1, all.length)];
            if (one === undefined) continue;
            limit.free(one);
            due.delete(one.name);
          }
        }
        await wait(200);
        expect(ends).toEqual(expected);
        expect(clock.armed).toBe(0);
      }),
    );
  });
});
