import * as fc from "fast-check";
import type { Clock } from "probekit";
import { fakeClock } from "probekit/testing";
import { describe, expect, it } from "vitest";
import { newAlarms } from "../../src/alarms.js";

/** Alarms whose ringers are told by name. */
const named = (clock: Clock, ring: (name: string) => void) => {
  const ringers = new Map<string, { readonly name: string; ringsAt: number }>();
  const alarms = newAlarms<{ readonly name: string; ringsAt: number }>(clock, ({ name }) => ring(name));
  const of = (name: string) => {
    const ringer = ringers.get(name) ?? { name, ringsAt: Infinity };
    ringers.set(name, ringer);
    return ringer;
  };
  return { set: (name: string, delayMs: number) => alarms.set(of(name), delayMs), clear: (name: string) => alarms.clear(of(name)) };
};

const rung = () => {
  const clock = fakeClock();
  const rings: [key: string, at: number][] = [];
  return { clock, rings, alarms: named(clock, (key) => rings.push([key, clock.now()])) };
};

describe("alarms", () => {
  it("ring once, the earliest first, on one timer", async () => {
    const { clock, rings, alarms } = rung();
    alarms.set("late", 30);
    alarms.set("early", 10);
    alarms.set("middle", 20);
    expect(clock.armed).toBe(1);
    await clock.advance(100);
    expect(rings).toEqual([["early", 10], ["middle", 20], ["late", 30]]);
    expect(clock.armed).toBe(0);
  });

  it("take the place of the one that was set for the same key, and ring no more once cleared", async () => {
    const { clock, rings, alarms } = rung();
    alarms.set("a", 10);
    alarms.set("a", 50);
    alarms.set("b", 20);
    alarms.clear("b");
    alarms.clear("never set");
    await clock.advance(100);
    expect(rings).toEqual([["a", 50]]);
  });

  it("leave no timer behind when the last is cleared", () => {
    const { clock, alarms } = rung();
    alarms.set("a", 10);
    alarms.set("b", 20);
    alarms.clear("a");
    alarms.clear("b");
    expect(clock.armed).toBe(0);
  });

  it("may be set and cleared by one that rings", async () => {
    const clock = fakeClock();
    const rings: [string, number][] = [];
    const alarms = named(clock, (key) => {
      rings.push([key, clock.now()]);
      if (rings.length < 5) alarms.set(key, 10);
      alarms.clear("other");
    });
    alarms.set("again", 10);
    alarms.set("other", 10);
    await clock.advance(100);
    expect(rings).toEqual([["again", 10], ["again", 20], ["again", 30], ["again", 40], ["again", 50]]);
    expect(clock.armed).toBe(0);
  });

  it("go on ringing after one whose ring throws", async () => {
    const clock = fakeClock();
    const rings: string[] = [];
    const alarms = named(clock, (key) => {
      rings.push(key);
      if (key === "bad") throw new Error("no");
    });
    alarms.set("bad", 10);
    alarms.set("good", 10);
    await expect(clock.advance(10)).rejects.toThrow("no");
    await clock.advance(10);
    expect(rings).toEqual(["bad", "good"]);
  });

  it("ring after the longest delay that a timer holds", async () => {
    const { clock, rings, alarms } = rung();
    alarms.set("a", 5_000_000_000);
    await clock.advance(4_999_999_999);
    expect(rings).toEqual([]);
    await clock.advance(1);
    expect(rings).toEqual([["a", 5_000_000_000]]);
  });

  it("ring as separate timers would, whatever is set and cleared meanwhile", async () => {
    const key = fc.constantFrom("a", "b", "c", "d", "e", "f");
    const step = fc.oneof(
      fc.record({ do: fc.constant("set" as const), key, ms: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ do: fc.constant("clear" as const), key, ms: fc.constant(0) }),
      fc.record({ do: fc.constant("advance" as const), key, ms: fc.integer({ min: 0, max: 25 }) }),
    );
    await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { clock, rings, alarms } = rung();
      const model = new Map<string, number>();
      const expected: [string, number][] = [];
      let now = 0;
      for (const { do: what, key: of, ms } of steps) {
        if (what === "set") model.set(of, now + ms);
        if (what === "clear") model.delete(of);
        if (what !== "advance") {
          alarms[what](of, ms);
          continue;
        }
        now += ms;
        const due = [...model].filter(([, at]) => at <= now);
        for (const [name, at] of due) {
          model.delete(name);
          expected.push([name, at]);
        }
        await clock.advance(ms);
        expect(clock.armed).toBeLessThanOrEqual(1);
      }
      const inOrder = (all: [string, number][]) => all.toSorted(([a, atA], [b, atB]) => atA - atB || a.localeCompare(b));
      expect(rings.map(([, at]) => at)).toEqual(rings.map(([, at]) => at).toSorted((a, b) => a - b));
      expect(inOrder(rings)).toEqual(inOrder(expected));
    }), { numRuns: 300 });
  });
});
