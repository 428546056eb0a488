import * as typeormPackage from "typeorm";
import { DataSource } from "typeorm";
import { typeormCheck } from "probekit/checks/typeorm";
import { describe, expect, it } from "vitest";
import { healthOf, run } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

const sqlite = (): DataSource => new DataSource({ type: "better-sqlite3", database: ":memory:" });

describe("what typeormCheck is handed", () => {
  const wanted = "typeormCheck takes a DataSource of TypeORM 0.3 or 1; got ";
  const methods = { query: () => {}, createQueryRunner: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["the class", DataSource, "a class; hand over what it makes"],
    ["the package itself", typeormPackage, "the typeorm package itself"],
    ["the promise of initialize()", Promise.resolve(), "a promise; await it first"],
    ["options", { type: "postgres" }, "an object"],
    ["an entity manager", sqlite().manager, "an object made by EntityManager"],
    ["an old major", { ...methods, options: { type: "postgres" }, isConnected: true }, "a Connection of TypeORM 0.2"],
    ["MongoDB", { ...methods, options: { type: "mongodb" }, isInitialized: true }, "a data source of MongoDB"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => typeormCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("has the options of a pool where there is one", () => {
    const given = { onPoolExhausted: "error", acquireTimeoutMs: 5, poolStuckAfterMs: 5, query: "select 2" } as const;
    for (const type of ["postgres", "mysql"] as const) expect(typeormCheck(new DataSource({ type }), given)).toBeTypeOf("function");
    const unknown = 'typeormCheck of better-sqlite3 has no option "acquireTimeoutMs"; it has onPoolExhausted, query';
    expect(thrown(() => typeormCheck(sqlite(), given))).toEqual({ code: "unknown-option", message: unknown });
  });
});

describe("typeormCheck", () => {
  it("asks SQLite, from when the data source is initialized until it is destroyed", async () => {
    const source = sqlite();
    const health = healthOf(typeormCheck(source));
    const notInitialized = { status: "error", message: "not connected: the data source is not initialized" };
    expect(await run(health)).toMatchObject(notInitialized);
    await source.initialize();
    expect(await run(health)).toMatchObject({ status: "ok" });
    await source.destroy();
    expect(await run(health)).toMatchObject(notInitialized);
  });

  it("asks the application's own query, and fails in the database's words", async () => {
    const source = await sqlite().initialize();
    const message = "no such table: orders";
    expect(await run(healthOf(typeormCheck(source, { query: "select 1 from orders" })))).toMatchObject({ status: "error", message });
    await source.destroy();
  });

  const questions = [
    ["oracle", "SELECT 1 FROM DUAL"],
    ["sap", "SELECT 1 FROM DUMMY"],
    ["mssql", "SELECT 1"],
    ["aurora-postgres", "SELECT 1"],
    ["postgres", "SELECT 1"],
    ["mysql", "SELECT 1"],
  ] as const;

  it.each(questions)("asks %s through the data source where its pool is unknown: %s", async (type, question) => {
    const asked: string[] = [];
    const query = async (sql: string) => asked.push(sql);
    const source = { options: { type }, isInitialized: true, driver: { master: {}, poolCluster: {} }, query, createQueryRunner: () => {} };
    expect(await run(healthOf(typeormCheck(source)))).toMatchObject({ status: "ok" });
    expect(asked).toEqual([question]);
  });
});
