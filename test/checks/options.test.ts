import { describe, expect, it } from "vitest";
import { durationOption, optionsOf, textOption, wordOption } from "../../src/checks/shared/options.js";
import { thrown } from "./support/thrown.js";

const url = "postgres://orders:s3cr@/et@db.internal/orders";

const refusal = (value: unknown): string => thrown(() => optionsOf("xCheck", value as object, ["query"])).message;

describe("a check's options", () => {
  it("are an object, and nothing that only looks like one", () => {
    const what = "the options of xCheck must be an object; got ";
    expect(refusal([])).toBe(`${what}an array`);
    expect(refusal(new Map([["query", "SELECT 1"]]))).toBe(`${what}an object made by Map`);
    expect(refusal(new Set())).toBe(`${what}an object made by Set`);
    expect(refusal(null)).toBe(`${what}null`);
    expect(refusal(5)).toBe(`${what}5`);
    expect(optionsOf("xCheck", Object.create(null) as object, [])).toEqual({});
  });

  it("name no credentials when they are refused, as a value or as a name", () => {
    const masked = '"postgres://***@db.internal/orders"';
    expect(refusal(url)).toBe(`the options of xCheck must be an object; got ${masked}`);
    expect(refusal({ [url]: 1 })).toBe(`xCheck has no option ${masked}; it has query`);
    expect(thrown(() => wordOption("onFull", url, ["warn"], "warn")).message).toBe(`onFull must be "warn"; got ${masked}`);
    expect(thrown(() => durationOption("waitMs", url, 5)).message).toMatch(/; got "postgres:\/\/\*\*\*@db\.internal\/orders"$/);
    expect(thrown(() => durationOption("waitMs", `postgres://u:${"s3cret".repeat(500)}@db`, 5)).message).toMatch(/; got "postgres:\/\/\*\*\*@"$/);
  });

  it("are the default where they are undefined", () => {
    expect(optionsOf("xCheck", undefined, [])).toEqual({});
    expect(refusal({ pool: 1 })).toBe('xCheck has no option "pool"; it has query');
    expect(() => optionsOf("xCheck", { pool: undefined }, ["query"])).not.toThrow();
    expect([durationOption("a", undefined, 5), wordOption("b", undefined, ["x", "y"], "y"), textOption("c", undefined, "z")]).toEqual([5, "y", "z"]);
  });
});
