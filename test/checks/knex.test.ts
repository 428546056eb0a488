import { createRequire } from "node:module";
import { PGlite } from "@electric-sql/pglite";
import knex, { type Knex } from "knex";
import { isHealthError, type CheckOutcome } from "probekit";
import { knexCheck } from "probekit/checks/knex";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { testHealth } from "../support/scripted.js";
import { healthOf, run } from "./support/ask.js";
import { fakeConnection, fakeDatabase, type FakeConnection } from "./support/fake-dialect.js";

expectNoRejections();

// The last hook runs first: time is real again before rejections are waited for.
afterEach(() => void vi.useRealTimers());

const levels = (db: Knex): number[] => {
  const { pool } = db.client;
  return [pool.numUsed(), pool.numFree(), pool.numPendingAcquires(), pool.numPendingCreates()];
};

const thrown = (make: () => unknown): { code: string; message: string } => {
  try {
    make();
  } catch (error) {
    if (isHealthError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("what knexCheck is handed", () => {
  const wanted = "knexCheck takes a knex instance, as knex({ … }) returns it (knex 2 or 3); got ";
  const oldPool = { acquire: () => {}, borrow: () => {} };
  const methods = { acquireConnection: () => {}, releaseConnection: () => {}, query: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a text", "postgres://u:secret@h/db", "a string"],
    ["a function that is no knex", () => {}, "a function"],
    ["the package itself", knex, "the knex package itself"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["another library's client", new (class Pool { query() {} })(), "an object made by Pool"],
    ["a bare object", { client: methods }, "an object"],
    ["an old major", Object.assign(() => {}, { client: { ...methods, pool: oldPool } }), "a knex of an old major"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => knexCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("is refused: a transaction", async () => {
    const { db } = fakeDatabase();
    await db.transaction(async (trx) => {
      expect(thrown(() => knexCheck(trx))).toEqual({ code: "invalid-client", message: `${wanted}a transaction` });
    });
    await db.destroy();
  });

  const options: [object, string, string][] = [
    [{ onPoolExhausted: "fail" }, "invalid-option", 'onPoolExhausted must be "warn" or "error"; got "fail"'],
    [{ acquireTimeoutMs: 0 }, "invalid-option", "acquireTimeoutMs must be a number of milliseconds from 1 to 2147483647; got 0"],
    [{ acquireTimeoutMs: "250" }, "invalid-option", 'acquireTimeoutMs must be a number of milliseconds from 1 to 2147483647; got "250"'],
    [{ poolStuckAfterMs: Number.NaN }, "invalid-option", "poolStuckAfterMs must be a number of milliseconds from 1 to 2147483647; got NaN"],
    [{ poolStuckAfterMs: 2 ** 31 }, "invalid-option", "poolStuckAfterMs must be a number of milliseconds from 1 to 2147483647; got 2147483648"],
    [{ query: " " }, "invalid-option", 'query must be a string that is not empty; got " "'],
    [{ timeout: 5 }, "unknown-option", 'knexCheck has no option "timeout"; it has onPoolExhausted, acquireTimeoutMs, poolStuckAfterMs, query'],
  ];

  it.each(options)("options %j are refused", (given, code, message) => {
    expect(thrown(() => knexCheck(fakeDatabase().db, given))).toEqual({ code, message });
  });

  it("takes undefined for each default", () => {
    const given = { onPoolExhausted: undefined, acquireTimeoutMs: undefined, poolStuckAfterMs: undefined, query: undefined };
    expect(knexCheck(fakeDatabase().db, given)).toBeTypeOf("function");
  });
});

describe("what knexCheck asks", () => {
  const questions = [
    ["pg", "SELECT 1"],
    ["mysql2", "SELECT 1"],
    ["oracledb", "SELECT 1 FROM DUAL"],
    ["firebird", "SELECT 1 FROM RDB$DATABASE"],
    ["db2", "SELECT 1 FROM SYSIBM.SYSDUMMY1"],
    ["hdb", "SELECT 1 FROM DUMMY"],
  ] as const;

  it.each(questions)("%s: %s", async (dialect, question) => {
    const { db, asked } = fakeDatabase({ dialect });
    expect(await run(healthOf(knexCheck(db)))).toMatchObject({ status: "ok" });
    expect(asked).toEqual([question]);
    expect(levels(db)).toEqual([0, 1, 0, 0]);
    await db.destroy();
  });

  it("reports a query's own error, with the driver's as the cause in the log, and gives the connection back", async () => {
    const { db, ended, answer } = fakeDatabase({ answers: false });
    const { health, log } = testHealth();
    health.register("db", knexCheck(db));
    const report = health.report("ready");
    await settle();
    answer(Object.assign(new Error("reset by peer at 10.0.0.7"), { code: "ECONNRESET" }));
    expect((await report).checks["db"]).toMatchObject({ status: "error", reason: "failed", message: "connection lost (ECONNRESET)" });
    const logged = log.find((entry) => entry.check === "db")?.error;
    expect(logged).toMatchObject({ message: "connection lost (ECONNRESET)", cause: { code: "ECONNRESET", message: "SELECT 1 - reset by peer at 10.0.0.7" } });
    expect([levels(db), ended]).toEqual([[0, 1, 0, 0], []]);
    await db.destroy();
  });
});

describe("a run that is aborted", () => {
  it("counts no query as hung that was never asked, because no connection could be opened", async () => {
    let open = (): void => {};
    const opening = new Promise<void>((resolve) => void (open = resolve));
    const { db, asked } = fakeDatabase({ connect: () => opening.then(fakeConnection) });
    const health = healthOf(knexCheck(db, { query: "select 1 from orders" }), { timeoutMs: 20 });
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    open();
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(asked).toEqual(["select 1 from orders"]);
    await db.destroy();
  });

  it("does not take its own question, which hangs in this process, for a full pool", async () => {
    const { db, answer } = fakeDatabase({ dialect: "better-sqlite3", max: 1, answers: false });
    const health = healthOf(knexCheck(db), { timeoutMs: 40 });
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    answer();
    await settle();
    const running = run(health);
    await settle();
    answer();
    expect(await running).toMatchObject({ status: "ok" });
    await db.destroy();
  });

  it("asks a query that hangs as seldom after a full pool as before", async () => {
    const { db, asked } = fakeDatabase({ max: 1, answers: (sql) => sql === "SELECT 1" });
    const health = healthOf(knexCheck(db, { query: "select 1 from orders" }), { timeoutMs: 40 });
    expect(await run(health)).toMatchObject({ reason: "timeout" });
    const held = await db.client.acquireConnection();
    const statuses = new Set<string>();
    const began = performance.now();
    while (performance.now() - began < 200) statuses.add((await run(health)).status);
    db.client.releaseConnection(held);
    expect(statuses).toEqual(new Set(["error", "warn"]));
    expect(await run(health)).toMatchObject({ reason: "timeout" });
    expect((await run(health)).message).toMatch(/^not asked: the query hung 2 times in a row; it is asked again in \d+ ms$/);
    expect(asked).toEqual(["select 1 from orders", "SELECT 1", "select 1 from orders", "SELECT 1"]);
    await db.destroy();
  });

  it("asks the smallest question alone of a server that hung, until that answers", async () => {
    let answers = true;
    const { db, asked } = fakeDatabase({ answers: () => answers });
    const health = healthOf(knexCheck(db, { query: "select 2" }), { timeoutMs: 40 });
    expect(await run(health)).toMatchObject({ status: "ok" });
    answers = false;
    for (let turn = 0; turn < 5; turn++) expect(await run(health)).toMatchObject({ reason: "timeout" });
    answers = true;
    for (let turn = 0; turn < 2; turn++) expect(await run(health)).toMatchObject({ status: "ok" });
    expect(asked).toEqual(["select 2", "select 2", ...Array.from({ length: 4 }, () => "SELECT 1"), "SELECT 1", "select 2", "select 2"]);
    await db.destroy();
  });

  it("costs the connection whose query hangs, and no other", async () => {
    const { db, opened, ended } = fakeDatabase({ answers: false });
    const { clock, health } = testHealth({ cacheMs: 0, errorCacheMs: 0 });
    health.register("db", knexCheck(db));
    const spare = await db.client.acquireConnection();
    const report = health.report("ready");
    await settle();
    await clock.advance(500);
    expect((await report).checks["db"]).toMatchObject({ status: "error", reason: "timeout" });
    const [kept, hung] = opened;
    expect([kept?.stream.destroyed, hung?.stream.destroyed]).toEqual([false, true]);
    db.client.releaseConnection(spare);
    const next = [await db.client.acquireConnection(), await db.client.acquireConnection()];
    expect(next).not.toContain(hung);
    expect(ended).toEqual([hung]);
    for (const connection of next) db.client.releaseConnection(connection);
    await db.destroy();
  });

  it("gives a connection back that comes late", async () => {
    const coming: ((connection: FakeConnection) => void)[] = [];
    const { db } = fakeDatabase({ connect: () => new Promise((resolve) => coming.push(resolve)) });
    const controller = new AbortController();
    const running = knexCheck(db)({ name: "db", signal: controller.signal }) as Promise<CheckOutcome>;
    await settle();
    expect(levels(db)).toEqual([0, 0, 1, 1]);
    const reason = new Error("overtaken");
    controller.abort(reason);
    await expect(running).rejects.toBe(reason);
    expect(levels(db)).toEqual([0, 0, 0, 1]);
    coming[0]?.(fakeConnection());
    await settle();
    expect(levels(db)).toEqual([0, 1, 0, 0]);
    await db.destroy();
  });

  it("asks for no connection when it is aborted before it begins", async () => {
    const { db, opened } = fakeDatabase();
    const reason = new Error("overtaken");
    await expect(knexCheck(db)({ name: "db", signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(opened).toEqual([]);
    await db.destroy();
  });

  it("loses no connection, at whatever moment it is aborted and one is released", async () => {
    const { db } = fakeDatabase({ max: 1 });
    const check = knexCheck(db);
    for (let moment = 0; moment < 900; moment++) {
      const [abortAt, releaseAt] = [Math.floor(moment / 30), moment % 30];
      const held = await db.client.acquireConnection();
      const controller = new AbortController();
      const running = Promise.resolve(check({ name: "db", signal: controller.signal })).catch(() => {});
      for (let tick = 0; tick < 30; tick++) {
        if (tick === releaseAt) db.client.releaseConnection(held);
        if (tick === abortAt) controller.abort(new Error("overtaken"));
        await Promise.resolve();
      }
      await running;
      await settle();
      expect([moment, levels(db)[0], levels(db)[2]]).toEqual([moment, 0, 0]);
    }
    await db.destroy();
  });

  it("keeps the connection of a database in this process, and gives it back when the query ends", async () => {
    const { db, opened, ended, answer } = fakeDatabase({ dialect: "better-sqlite3", answers: false, max: 1 });
    const controller = new AbortController();
    const running = knexCheck(db)({ name: "db", signal: controller.signal }) as Promise<CheckOutcome>;
    await settle();
    controller.abort(new Error("overtaken"));
    await expect(running).rejects.toThrow("overtaken");
    expect([levels(db)[0], opened[0]?.stream.destroyed]).toEqual([1, false]);
    answer();
    await settle();
    expect(levels(db)).toEqual([0, 1, 0, 0]);
    expect(await db.client.acquireConnection()).toBe(opened[0]);
    expect(ended).toEqual([]);
    db.client.releaseConnection(opened[0]);
    await db.destroy();
  });
});

describe("a pool that is full", () => {
  it("is exhausted after 250 ms and stuck after five seconds without a release", async () => {
    const { db } = fakeDatabase({ max: 1 });
    const held = await db.client.acquireConnection();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
    const check = knexCheck(db);
    const ask = async (): Promise<CheckOutcome> => {
      const outcome = check({ name: "db", signal: new AbortController().signal }) as Promise<CheckOutcome>;
      let settled = false;
      outcome.finally(() => { settled = true; });
      await vi.advanceTimersByTimeAsync(249);
      expect(settled).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      return outcome;
    };
    const pool = { used: 1, free: 0, waiting: 0, max: 1 };
    for (let sighting = 0; sighting < 20; sighting++) {
      expect(await ask()).toEqual({ status: "warn", message: "pool exhausted: 1 of 1 connections are in use", data: { pool } });
    }
    expect(await ask()).toEqual({
      status: "error",
      message: "pool stuck: 1 of 1 connections are in use and none was given back for 5000 ms",
      data: { pool, fullForMs: 5000 },
    });
    db.client.releaseConnection(held);
    expect(await check({ name: "db", signal: new AbortController().signal })).toBeUndefined();
    vi.useRealTimers();
    await db.destroy();
  });

  it("counts those who wait", async () => {
    const { db } = fakeDatabase({ max: 1 });
    const held = await db.client.acquireConnection();
    const others = [db.client.acquireConnection(), db.client.acquireConnection()];
    const warned = await run(healthOf(knexCheck(db, { acquireTimeoutMs: 5 })));
    expect(warned).toMatchObject({ status: "warn", data: { pool: { used: 1, free: 0, waiting: 2, max: 1 } } });
    db.client.releaseConnection(held);
    for (const other of others) db.client.releaseConnection(await other);
    await db.destroy();
  });
});

describe("knexCheck on PGlite", () => {
  const PostgresClient = createRequire(import.meta.url)("knex/lib/dialects/postgres/index.js") as typeof Knex.Client;

  it("is ok, and keeps the one database that there is when a run is aborted", { timeout: 60_000 }, async () => {
    const lite = await PGlite.create();
    const client = class extends PostgresClient {
      _driver(): object {
        return {};
      }
      override acquireRawConnection(): Promise<PGlite> {
        return Promise.resolve(lite);
      }
      override destroyRawConnection(): Promise<void> {
        return Promise.resolve();
      }
      async _query(connection: PGlite, query: { sql: string; response?: unknown }): Promise<unknown> {
        query.response = await connection.query(query.sql);
        return query;
      }
    };
    const db = knex({ client, version: "16", connection: {}, pool: { min: 1, max: 1 } });
    const check = knexCheck(db);
    expect(await run(healthOf(check))).toMatchObject({ status: "ok" });
    const controller = new AbortController();
    const running = Promise.resolve(check({ name: "db", signal: controller.signal })).catch((error: Error) => error.message);
    await vi.waitFor(() => expect(db.client.pool.numUsed()).toBe(1), { interval: 0 });
    controller.abort(new Error("overtaken"));
    expect(["overtaken", undefined]).toContain(await running);
    expect(await run(healthOf(check))).toMatchObject({ status: "ok" });
    await db.destroy();
    expect(lite.closed).toBe(false);
    await lite.close();
  });
});
