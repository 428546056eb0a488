import pg, { Client, Pool } from "pg";
import { pgCheck } from "probekit/checks/pg";
import { describe, expect, it } from "vitest";
import { thrown } from "./support/thrown.js";

describe("what pgCheck is handed", () => {
  const wanted = "pgCheck takes a Pool of pg 8 or a Client of pg 8.3 or newer, or a function that returns the present Client; got ";
  const does = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, () => {}]));
  const methods = does("connect", "query", "end", "on", "removeListener");
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a text", "postgres://u:secret@h/db", "a string"],
    ["the package itself", pg, "the pg package itself"],
    ["a promise of a pool", Promise.resolve(), "a promise; await it first"],
    ["the class of its pools", Pool, "a class; hand over what it makes"],
    ["the class of its clients", Client, "a class; hand over what it makes"],
    ["another library's client", new (class Redis { connect() {} })(), "an object made by Redis"],
    ["a pool of an old major", { ...methods, totalCount: 0 }, "a Pool of pg 7 or older"],
    ["a client of an old major", { ...methods, _queryable: true, connection: does("parseMessage") }, "a Client of pg older than 8.3"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => pgCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("may be a pool, a client, or a function that returns the present one", () => {
    const client = new Client();
    for (const taken of [new Pool(), client, () => client, () => undefined]) expect(pgCheck(taken)).toBeTypeOf("function");
  });
});
