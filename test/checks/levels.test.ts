import { describe, expect, it } from "vitest";
import { bytes, falling, fraction, milliseconds, numberOption, percent, rising, verdictOn } from "../../src/checks/shared/levels.js";
import { thrown } from "./support/thrown.js";

const pair = (warn?: unknown, error?: unknown) => ({ warn: ["warnAt", warn] as const, error: ["errorAt", error] as const, scale: fraction });

describe("thresholds of what is worse the higher it is", () => {
  it("are crossed by a value that equals them", () => {
    const level = rising(pair(0.5, 0.75));
    expect([0.49, 0.5, 0.74, 0.75, 1].map(level)).toEqual(["ok", "warn", "warn", "error", "error"]);
  });

  it("never make an error of what no error was asked for", () => {
    expect([0.89, 0.9, 1, 7].map(rising(pair(), 0.9))).toEqual(["ok", "warn", "warn", "warn"]);
    expect([0, 1, Infinity].map(rising(pair()))).toEqual(["ok", "ok", "ok"]);
  });

  it("may have an error under the default of the warning, and both at one value", () => {
    expect([0.4, 0.5, 0.9].map(rising(pair(undefined, 0.5), 0.9))).toEqual(["ok", "error", "error"]);
    expect([0.4, 0.5].map(rising(pair(0.5, 0.5)))).toEqual(["ok", "error"]);
  });

  it("are refused in the wrong order", () => {
    expect(thrown(() => rising(pair(0.9, 0.8)))).toEqual({ code: "invalid-option", message: "errorAt must be at least warnAt; got 0.8 and 0.9" });
  });
});

describe("thresholds of what is worse the lower it is", () => {
  it("are not crossed by a value that equals them", () => {
    const level = falling(pair(0.5, 0.25));
    expect([0.5, 0.49, 0.25, 0.24].map(level)).toEqual(["ok", "warn", "warn", "error"]);
    expect([0, 1].map(falling(pair()))).toEqual(["ok", "ok"]);
  });

  it("are refused in the wrong order", () => {
    expect(thrown(() => falling(pair(0.5, 0.6)))).toEqual({ code: "invalid-option", message: "errorAt must be at most warnAt; got 0.6 and 0.5" });
  });
});

describe("a threshold's value", () => {
  const wrong = [
    [fraction, 0, "a fraction over 0, at most 1; got 0"],
    [fraction, 90, "a fraction over 0, at most 1; got 90"],
    [fraction, Number.NaN, "a fraction over 0, at most 1; got NaN"],
    [fraction, "0.9", "a fraction over 0, at most 1; got a string"],
    [fraction, null, "a fraction over 0, at most 1; got null"],
    [milliseconds, 0, "a number of milliseconds from 1 to 2147483647; got 0"],
    [milliseconds, 2 ** 31, "a number of milliseconds from 1 to 2147483647; got 2147483648"],
    [bytes, 1.5, "a whole number of bytes from 1; got 1.5"],
    [bytes, Infinity, "a whole number of bytes from 1; got Infinity"],
    [bytes, 5n, "a whole number of bytes from 1; got a bigint"],
  ] as const;

  it.each(wrong)("%# is refused", (scale, value, expected) => {
    expect(thrown(() => numberOption("limit", value, scale))).toEqual({ code: "invalid-option", message: `limit must be ${expected}` });
  });

  it("is left out where it is undefined", () => {
    expect([numberOption("limit", undefined, bytes), numberOption("limit", 1, bytes), numberOption("limit", 1, fraction)]).toEqual([undefined, 1, 1]);
  });
});

describe("the verdict on several values", () => {
  it("is the worst of them, in the words of those that are as bad", () => {
    const said = (levels: string) => verdictOn(levels.split(" ").map((level, at) => ({ level: level as "ok", message: `value ${at}` })), { all: true });
    expect(said("ok ok")).toEqual({ status: "ok", data: { all: true } });
    expect(said("warn ok warn")).toEqual({ status: "warn", message: "value 0; value 2", data: { all: true } });
    expect(said("warn error ok")).toEqual({ status: "error", message: "value 1", data: { all: true } });
  });

  it("shows no percentage that was not reached", () => {
    expect([0.8999999, 0.9, 0.905, 0.29, 1].map(percent)).toEqual(["89.9 %", "90 %", "90.5 %", "29 %", "100 %"]);
  });
});
