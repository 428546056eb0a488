import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { boundedData, boundedText, byteLength, maskCredentials } from "../../src/bounded.js";
import { growth } from "../support/growth.js";

describe("credentials", () => {
  it.each([
    ["postgres://app:hunter2@db:5432/x", "postgres://***@db:5432/x"],
    ["redis://:hunter2@cache", "redis://***@cache"],
    ["https://token@host/path", "https://***@host/path"],
    ["mongodb://u:p@a,b/x?w=1", "mongodb://***@b/x?w=1".replace("***@b", "***@a,b")],
    ["postgres://u:p@ss/w@db/x", "postgres://***@db/x"],
    ["amqp://u:se/cret@mq", "amqp://***@mq"],
    ["first http://a:80/x,redis://:pw@r then https://u:p@h", "first http://***@r then https://***@h"],
    ["postgres://u:12/34@h/db", "postgres://***@h/db"],
    ["https://user:1?2@h", "https://***@h"],
    ["postgres://us/er:pw@h", "postgres://***@h"],
    ["postgres://u:a://b@h", "postgres://***@h"],
    [String.raw`postgres:\/\/u:p@h`, String.raw`postgres:\/\/***@h`],
    ["file:///a/@b,redis://u:p@h", "file:///a/@b,redis://***@h"],
  ])("in %s are masked", (text, masked) => {
    expect(maskCredentials(text)).toBe(masked);
  });

  it.each([
    "at file:///app/node_modules/@scope/pkg/index.js:1:2",
    "http://host:8080/users/x",
    "write to ops@example.com",
    "no url: at all",
  ])("%s has none", (text) => {
    expect(maskCredentials(text)).toBe(text);
  });

  it("do not survive a cut through the URL", () => {
    expect(boundedText(`${"u".repeat(3)}://${"x".repeat(70_000)}:hunter2@h`)).not.toContain("xx");
  });

  test.prop([fc.string(), fc.stringMatching(/^[a-z0-9]{8,12}$/), fc.string()])("never appear, whatever stands around them", (before, secret, after) => {
    const text = `${before} redis://user:${secret}@host${after.replaceAll(secret, "")}`;
    fc.pre(!before.includes(secret));
    expect(maskCredentials(text)).not.toContain(secret);
  });

  it.each(["a", "://", "@", "x://@", "://a:"])("of %j over and over are masked in linear time", async (part) => {
    expect(await growth((times) => boundedText(` ${part.repeat(200_000 * times)}`))).toBeLessThan(24);
  });
});

describe("a message", () => {
  test.prop([fc.string({ unit: "binary", maxLength: 3000 })])("takes at most 1 KiB of UTF-8 and is a prefix", (text) => {
    const bounded = boundedText(text);
    expect(byteLength(bounded)).toBeLessThanOrEqual(1024);
    if (byteLength(text) <= 1024) expect(bounded).toBe(maskCredentials(text));
  });

  it("of 1024 bytes is whole, of 1025 is cut with an ellipsis", () => {
    expect(boundedText("a".repeat(1024))).toBe("a".repeat(1024));
    expect(boundedText("a".repeat(1025))).toBe(`${"a".repeat(1021)}…`);
    expect(boundedText("é".repeat(600))).toBe(`${"é".repeat(510)}…`);
  });
});

describe("data", () => {
  const circular: Record<string, unknown> = { a: 1 };
  circular["self"] = circular;

  it.each<[string, unknown, unknown]>([
    ["plain JSON", { a: [1, "x", null, true], b: { c: 1.5 } }, { a: [1, "x", null, true], b: { c: 1.5 } }],
    ["a circular object", circular, { a: 1, self: "[circular]" }],
    ["a BigInt", { n: 12n }, { n: "12" }],
    ["a symbol", { s: Symbol("x") }, { s: "Symbol(x)" }],
    ["a function", { f: () => 1 }, { f: "[function]" }],
    ["undefined", { u: undefined, a: [undefined] }, { a: [null] }],
    ["NaN and Infinity", [NaN, Infinity], ["NaN", "Infinity"]],
    ["a date", { at: new Date(0) }, { at: "1970-01-01T00:00:00.000Z" }],
    ["an error", { e: new TypeError("no") }, { e: "TypeError: no" }],
    ["a getter that throws", { get x() { throw new Error("no"); }, y: 1 }, { x: "[unreadable]", y: 1 }],
    ["a toJSON that throws", { toJSON() { throw new Error("no"); } }, "[unreadable]"],
    ["credentials", { url: "redis://u:p@h" }, { url: "redis://***@h" }],
    ["an own __proto__", JSON.parse('{"__proto__":{"a":1}}'), JSON.parse('{"__proto__":{"a":1}}')],
    ["a huge string", "x".repeat(5_000_000), "[over 4 KiB]"],
    ["bytes", { b: new Uint8Array(5e6), c: Buffer.alloc(5e6) }, { b: "[binary]", c: "[binary]" }],
    ["keys without end", Object.fromEntries(Array.from({ length: 5000 }, (_, key) => [`k${key}`, undefined])), "[over 4 KiB]"],
    ["a huge array", new Array(4e9 / 2), "[over 4 KiB]"],
  ])("of %s", (_name, value, expected) => {
    expect(boundedData(value)).toEqual(expected);
  });

  it("of 4096 bytes is whole, of 4097 is a marker", () => {
    expect(boundedData("x".repeat(4094))).toBe("x".repeat(4094));
    expect(boundedData("x".repeat(4095))).toBe("[over 4 KiB]");
    expect(boundedData(Array.from({ length: 2000 }, () => 1))).toHaveLength(2000);
  });

  it("that is shared twice is no circle", () => {
    const shared = { a: 1 };
    expect(boundedData([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
  });

  it("that is deeper than sixteen levels is cut", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 10_000; level++) deep = [deep];
    expect(JSON.stringify(boundedData(deep))).toBe(`${"[".repeat(16)}"[too deep]"${"]".repeat(16)}`);
  });

  it("a proxy that lies without end is a marker", () => {
    const endless: unknown = new Proxy([], { get: (_target, key) => (key === "length" ? Infinity : key === "toJSON" ? undefined : endless) });
    expect(boundedData(endless)).toBe("[over 4 KiB]");
  });

  test.prop([fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true, withObjectString: true, withSet: true, withSparseArray: true, withTypedArray: true })])(
    "of anything is JSON of at most 4 KiB that says the same when it is read back",
    (value) => {
      const data = boundedData(value);
      const text = JSON.stringify(data) ?? "null";
      expect(byteLength(text)).toBeLessThanOrEqual(4096);
      expect(JSON.stringify(JSON.parse(text))).toBe(text);
    },
  );
});
