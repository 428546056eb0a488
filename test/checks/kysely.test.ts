import { join } from "node:path";
import Database from "better-sqlite3";
import * as kyselyPackage from "kysely";
import { CompiledQuery, DummyDriver, Kysely, PostgresAdapter, PostgresDialect, PostgresIntrospector, PostgresQueryCompiler, SqliteDialect } from "kysely";
import { createPool } from "mysql2";
import { Pool } from "pg";
import { kyselyCheck } from "probekit/checks/kysely";
import { describe, expect, it } from "vitest";
import { freePort } from "../support/real/served.js";
import { healthOf, run } from "./support/ask.js";
import { temporaryFolders } from "./support/folder.js";
import { thrown } from "./support/thrown.js";

const folder = temporaryFolders();

interface Schema {
  readonly orders: { readonly id: number };
}

const sqlite = (log: string[] = []): Kysely<Schema> =>
  new Kysely<Schema>({ dialect: new SqliteDialect({ database: new Database(":memory:") }), log: ({ query }) => void log.push(query.sql) });

/** Kysely over PostgreSQL, with a driver that keeps what it is asked. */
const recording = (asked: object[]): Kysely<Schema> => {
  class Driver extends DummyDriver {
    override acquireConnection = async () => ({
      executeQuery: async (query: object) => {
        asked.push(query);
        return { rows: [] };
      },
      streamQuery: async function* () {},
    });
  }
  return new Kysely<Schema>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new Driver(),
      createIntrospector: (db) => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
  });
};

describe("what kyselyCheck is handed", () => {
  const wanted = "kyselyCheck takes a Kysely instance, as new Kysely({ dialect }) makes it; got ";
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["the class", Kysely, "a class; hand over what it makes"],
    ["the package itself", kyselyPackage, "the kysely package itself"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["another library's client", new Pool(), "an object made by BoundPool"],
    ["a dialect", new PostgresDialect({ pool: new Pool() }), "an object made by PostgresDialect"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => kyselyCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("is refused: a transaction", async () => {
    const db = sqlite();
    await db.transaction().execute(async (trx) => {
      expect(thrown(() => kyselyCheck(trx))).toEqual({ code: "invalid-client", message: `${wanted}a transaction` });
    });
    await db.destroy();
  });

  const ofPool = "kyselyCheck takes as its pool the Pool of pg 8 or the pool of mysql2 that the library was given; got ";
  const options: [object | string, string, string][] = [
    [{ timeout: 5 }, "unknown-option", 'kyselyCheck has no option "timeout"; it has pool, onPoolExhausted, acquireTimeoutMs, poolStuckAfterMs, query'],
    [{ acquireTimeoutMs: 5 }, "unknown-option", 'kyselyCheck without its pool has no option "acquireTimeoutMs"; it has onPoolExhausted, query'],
    [{ query: "" }, "invalid-option", 'query must be a string that is not empty; got ""'],
    [{ onPoolExhausted: "fail" }, "invalid-option", 'onPoolExhausted must be "warn" or "error"; got "fail"'],
    [{ pool: {} }, "invalid-client", `${ofPool}an object`],
    [{ pool: null }, "invalid-client", `${ofPool}null`],
    ["fast", "invalid-option", 'the options of kyselyCheck must be an object; got "fast"'],
  ];

  it.each(options)("options %j are refused", (given, code, message) => {
    const db = sqlite();
    expect(thrown(() => kyselyCheck(db, given as never))).toEqual({ code, message });
  });

  it("takes undefined for each default", async () => {
    const db = sqlite();
    const check = kyselyCheck(db, { pool: undefined, onPoolExhausted: undefined, acquireTimeoutMs: undefined, query: undefined });
    expect(await run(healthOf(check))).toMatchObject({ status: "ok" });
    await db.destroy();
  });
});

describe("what kyselyCheck asks", () => {
  it("is SELECT 1, as CompiledQuery.raw would say it", async () => {
    const asked: object[] = [];
    const db = recording(asked);
    expect(await run(healthOf(kyselyCheck(db)))).toMatchObject({ status: "ok" });
    const { queryId: _, ...raw } = CompiledQuery.raw("SELECT 1");
    expect(asked).toEqual([{ ...raw, queryId: { queryId: expect.any(String) } }]);
  });

  it("is the application's own query, with its plugins as they are", async () => {
    const log: string[] = [];
    const db = sqlite(log);
    const check = kyselyCheck(db.withPlugin(new kyselyPackage.CamelCasePlugin()), { query: "select 2" });
    expect(await run(healthOf(check))).toMatchObject({ status: "ok" });
    expect(log).toEqual(["select 2"]);
    await db.destroy();
  });

  it("is put to the pool of pg or of mysql2 itself, where that is given", async () => {
    const port = await freePort();
    const asked: object[] = [];
    const db = recording(asked);
    const refused = { status: "error", message: "connection refused (ECONNREFUSED)" };
    const pg = new Pool({ host: "127.0.0.1", port });
    expect(await run(healthOf(kyselyCheck(db, { pool: pg })))).toMatchObject(refused);
    const mysql = createPool({ host: "127.0.0.1", port });
    expect(await run(healthOf(kyselyCheck(db, { pool: mysql })))).toMatchObject(refused);
    expect(asked).toEqual([]);
    await pg.end();
    await mysql.promise().end();
  });

  it("fails in the database's own words, and when the instance was destroyed", async () => {
    const db = sqlite();
    expect(await run(healthOf(kyselyCheck(db, { query: "select 1 from orders" })))).toMatchObject({ status: "error", message: "no such table: orders" });
    const health = healthOf(kyselyCheck(db));
    await db.destroy();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the Kysely instance was destroyed" });
  });

  it("warns when the driver itself says that its pool is exhausted, and fails where that is asked for", async () => {
    const full = () => Object.assign(recording([]), { executeQuery: () => Promise.reject(new Error("No connections available.")) });
    const exhausted = { reason: "failed", message: "pool exhausted" };
    expect(await run(healthOf(kyselyCheck(full())))).toMatchObject({ ...exhausted, status: "warn" });
    expect(await run(healthOf(kyselyCheck(full(), { onPoolExhausted: "error" })))).toMatchObject({ ...exhausted, status: "error" });
  });

  it("fails when the driver has said so for ten timeouts, with neither an answer nor another failure between", async () => {
    const refused = new Error("connect ECONNREFUSED");
    const answers: (() => Promise<unknown>)[] = [];
    const exhausted = (): Promise<never> => Promise.reject(new Error("Queue limit reached."));
    const db = Object.assign(recording([]), { executeQuery: () => (answers.shift() ?? exhausted)() });
    const health = healthOf(kyselyCheck(db), { timeoutMs: 50 });
    const becomesStuck = async (): Promise<void> => {
      const began = performance.now();
      expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted" });
      await expect.poll(() => run(health), { interval: 10 }).toMatchObject({ status: "error" });
      expect(performance.now() - began).toBeGreaterThanOrEqual(499);
      expect((await run(health)).message).toMatch(/^pool stuck: no connection for \d{3,} ms$/);
    };
    await becomesStuck();
    answers.push(() => Promise.resolve({ rows: [] }));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await becomesStuck();
    answers.push(() => Promise.reject(refused));
    expect(await run(health)).toMatchObject({ status: "error", message: "connect ECONNREFUSED" });
    await becomesStuck();
  });

  it("says that an SQLite file is locked, in as long as the application waits for a lock", async () => {
    const path = join(folder(), "orders.db");
    const [database, other] = [new Database(path, { timeout: 100 }), new Database(path)];
    other.exec("CREATE TABLE orders (id INTEGER); BEGIN EXCLUSIVE");
    const db = new Kysely<Schema>({ dialect: new SqliteDialect({ database }) });
    expect(await run(healthOf(kyselyCheck(db, { query: "select 1 from orders" })))).toMatchObject({
      status: "error",
      message: "the database is locked (SQLITE_BUSY)",
    });
    other.close();
    await db.destroy();
  });
});
