import { PGlite } from "@electric-sql/pglite";
import Database from "better-sqlite3";
import { drizzle as drizzleSqlite } from "drizzle-orm/better-sqlite3";
import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle as drizzlePg } from "drizzle-orm/node-postgres";
import * as drizzlePackage from "drizzle-orm/node-postgres";
import { withReplicas } from "drizzle-orm/pg-core";
import { drizzle as drizzlePglite } from "drizzle-orm/pglite";
import { createPool } from "mysql2";
import { createPool as createPromisePool } from "mysql2/promise";
import { Pool } from "pg";
import { drizzleCheck } from "probekit/checks/drizzle";
import { describe, expect, it } from "vitest";
import { freePort } from "../support/real/served.js";
import { healthOf, run } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

describe("what drizzleCheck is handed", () => {
  const wanted = "drizzleCheck takes a database of drizzle-orm, as drizzle(…) returns it; got ";
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["the package itself", drizzlePackage, "the drizzle-orm package itself"],
    ["the function", drizzlePg, "a function"],
    ["the driver", new Pool(), "an object made by BoundPool"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["a look-alike", { select: () => {}, transaction: () => {} }, "an object"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => drizzleCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("is refused: a transaction", () => {
    const db = drizzleSqlite(new Database(":memory:"));
    db.transaction((transaction) => {
      expect(thrown(() => drizzleCheck(transaction))).toEqual({ code: "invalid-client", message: `${wanted}a transaction` });
    });
  });

  it("has the options of a pool where there is one", () => {
    const unknown = { code: "unknown-option", message: 'drizzleCheck of this driver has no option "acquireTimeoutMs"; it has onPoolExhausted, query' };
    expect(drizzleCheck(drizzlePg(new Pool()), { acquireTimeoutMs: 5 })).toBeTypeOf("function");
    expect(thrown(() => drizzleCheck(drizzleSqlite(new Database(":memory:")), { acquireTimeoutMs: 5 }))).toEqual(unknown);
  });
});

describe("what drizzleCheck asks", () => {
  it("is SELECT 1 of SQLite, until the database is closed", async () => {
    const asked: string[] = [];
    const database = new Database(":memory:");
    const db = drizzleSqlite(database, { logger: { logQuery: (sql) => asked.push(sql) } });
    const health = healthOf(drizzleCheck(db));
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(asked).toEqual(["SELECT 1"]);
    database.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the database was closed" });
  });

  it("is SELECT 1 of PGlite, until that is closed", async () => {
    const client = new PGlite();
    const db = drizzlePglite(client);
    const health = healthOf(drizzleCheck(db), { timeoutMs: 5000 });
    await client.waitReady;
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(await run(healthOf(drizzleCheck(db, { query: "select 1 from orders" })))).toMatchObject({ status: "error" });
    await client.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the database was closed" });
  }, 30_000);

  it("goes to the pool that Drizzle was given, pg's or mysql2's, and to the primary of several", async () => {
    const at = { host: "127.0.0.1", port: await freePort() };
    const pool = new Pool(at);
    const [callback, promise] = [createPool(at), createPromisePool(at)];
    const databases = [drizzlePg(pool), withReplicas(drizzlePg(pool), [drizzlePg(new Pool())]), drizzleMysql(callback), drizzleMysql(promise)];
    for (const db of databases) {
      expect(await run(healthOf(drizzleCheck(db)))).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
    }
    await pool.end();
    expect(await run(healthOf(drizzleCheck(drizzlePg(pool))))).toMatchObject({ status: "error", message: "not connected: the pool was ended" });
    await callback.promise().end();
    await promise.end();
  });

  it("finds the driver of a drizzle-orm that has no $client yet", async () => {
    const pool = new Pool();
    const { $client: _, ...old } = drizzlePg(pool);
    const { select, transaction, execute } = drizzlePg(pool);
    await pool.end();
    const db = { ...old, select, transaction, execute };
    const health = healthOf(drizzleCheck(db));
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the pool was ended" });
  });
});
