import { spawnSync } from "node:child_process";
import { beforeAll, describe, expect, it } from "vitest";
import { accepted, countInstructions } from "../../bench/instructions.mjs";
import { describeReal } from "../support/real/served.js";

const hasValgrind = spawnSync("valgrind", ["--version"]).status === 0;

/** Where a collection falls differs from build to build by some per cent of the longer ones. */
const tolerance = 1.15;

const byHand = "a handler written by hand, two checks";
const fresh = "a fresh report of 2 checks, within a millisecond";
const many = "a fresh report of 1,000 checks, within a millisecond";
const newMillisecond = "a fresh report of 2 checks, in a new millisecond";

describeReal("instructions of the built core", hasValgrind ? undefined : "valgrind", () => {
  const figures = accepted();
  let counted: Readonly<Record<string, number>>;
  const of = (name: string): number => counted[name] ?? NaN;
  const most = (name: string): number => (figures[name] ?? NaN) * tolerance;

  beforeAll(async () => {
    counted = await countInstructions();
    // A collection more than usual is some per cent; it does not come twice.
    const over = Object.keys(figures).filter((name) => of(name) > most(name));
    counted = { ...counted, ...(await countInstructions(over)) };
  }, 600_000);

  it.each(Object.keys(figures))("%s takes no more than was accepted", (name) => {
    expect(of(name)).toBeLessThanOrEqual(most(name));
  });

  it("a fresh report takes a fraction of what a handler written by hand takes for the same checks", () => {
    expect(of(fresh) / of(byHand)).toBeLessThan(0.1);
    expect(of(newMillisecond) / of(byHand)).toBeLessThan(0.8);
  });

  it("a fresh report of a thousand checks takes what one of two takes", () => {
    expect(of(many) / of(fresh)).toBeGreaterThan(0.9);
    expect(of(many) / of(fresh)).toBeLessThan(1.1);
  });
});

describe("what was accepted", () => {
  it("holds the fresh path to half a microsecond: some 1,500 instructions", () => {
    expect(accepted()[fresh]).toBeLessThan(1500);
  });
});
