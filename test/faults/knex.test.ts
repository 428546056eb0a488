import { PGlite } from "@electric-sql/pglite";
import knex, { type Knex } from "knex";
import ClientPGLite from "knex-pglite";
import { createPool, type Pool as MysqlPool } from "mysql2";
import { Pool as PgPool } from "pg";
import type { Health } from "probekit";
import { knexCheck } from "probekit/checks/knex";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { inProcess, withoutServer } from "../support/real/in-process.js";
import { mariadbDatabase, mariadbPassword, mariadbServer, mariadbUser, missingMariadb } from "../support/real/mariadb.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection, type Subject } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo, type TcpProxy } from "./support/proxy.js";

const log = { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} };

const postgresSettings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port: port!,
  user: postgresUser,
  password: wrongPassword ? "wrong" : postgresPassword,
  database: "postgres",
});

const mariadbSettings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port: port!,
  user: mariadbUser,
  password: wrongPassword ? "wrong" : mariadbPassword,
  database: mariadbDatabase,
});

const onPostgres = (given: Partial<Connection>): Knex =>
  knex({ client: "pg", log, connection: postgresSettings(given), pool: { min: 0, max: 2 } });

const onMariadb = (given: Partial<Connection>): Knex =>
  knex({ client: "mysql2", log, connection: mariadbSettings(given), pool: { min: 0, max: 2 } });

const onSqlite = (): Knex => knex({ client: "better-sqlite3", log, connection: { filename: ":memory:" }, useNullAsDefault: true });

const onPglite = async (): Promise<Knex> => {
  const pglite = await PGlite.create();
  return knex({ client: ClientPGLite, log, connection: { pglite } as object });
};

const levels = (db: Knex): number[] => {
  const { pool } = db.client;
  return [pool.numUsed(), pool.numFree(), pool.numPendingAcquires(), pool.numPendingCreates(), pool.pendingDestroys.length];
};

const exhaust = (db: Knex, connections: number) => async (): Promise<() => void> => {
  const held: unknown[] = [];
  for (let turn = 0; turn < connections; turn++) held.push(await db.client.acquireConnection());
  return () => held.forEach((connection) => db.client.releaseConnection(connection));
};

const subjectOf = (db: Knex, connections: number): Subject => ({
  check: knexCheck(db),
  close: () => db.destroy(),
  exhaust: exhaust(db, connections),
});

faultRow({
  name: "knexCheck, pg",
  against: "PostgreSQL 15, knex 3",
  missing: missingPostgres,
  server: postgresServer,
  connect: (given) => subjectOf(onPostgres(given), 2),
});

faultRow({
  name: "knexCheck, mysql2",
  against: "MariaDB 10.11, knex 3",
  missing: missingMariadb,
  server: mariadbServer,
  connect: (given) => subjectOf(onMariadb(given), 2),
});

faultRow({
  name: "knexCheck, better-sqlite3",
  against: "SQLite, knex 3",
  server: inProcess,
  connect: () => subjectOf(onSqlite(), 1),
  without: withoutServer,
});

faultRow({
  name: "knexCheck, knex-pglite",
  against: "PGlite, knex 3",
  server: inProcess,
  connect: async () => subjectOf(await onPglite(), 1),
  without: withoutServer,
  timeoutMs: 2000,
});

const opened: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

const kept = (db: Knex): Knex => {
  opened.push(() => db.destroy());
  return db;
};

describeReal("knexCheck in this process", undefined, () => {
  it("leaves nothing of a thousand runs on SQLite behind", async () => {
    const db = kept(onSqlite());
    await assertNoLeak(knexCheck(db), { emitters: [db.client.pool.emitter], gauge: () => levels(db) });
  }, 60_000);

  it("leaves nothing of a thousand runs on PGlite behind", async () => {
    const db = kept(await onPglite());
    await assertNoLeak(knexCheck(db), { emitters: [db.client.pool.emitter], gauge: () => levels(db) });
  }, 60_000);
});

describeReal("knexCheck on PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await postgresServer();
    proxy = await proxyTo(server.port);
  }, 60_000);
  afterAll(async () => {
    await proxy?.close();
    await server?.remove();
  });

  it("leaves nothing of a thousand runs behind", async () => {
    const db = kept(onPostgres({ port: server.port }));
    await assertNoLeak(knexCheck(db), { emitters: [db.client.pool.emitter], gauge: () => levels(db) });
  }, 60_000);

  it("swallowed: one connection never opens, and holds the check up as long as the application, for createTimeoutMillis", async () => {
    const pool = { min: 0, max: 2, createTimeoutMillis: 2000 };
    const db = kept(knex({ client: "pg", log, connection: postgresSettings({ port: proxy.port }), pool }));
    const health = healthOf(knexCheck(db), { timeoutMs: 300 });
    proxy.darken();
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    proxy.swallow();
    await expect(Promise.resolve(db.raw("select 1"))).rejects.toThrow(/timed out|Timeout/);
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
  }, 30_000);

  it("swallowed: one connection of a native pool of pg never opens, and is cut after a while", async () => {
    const native = new PgPool({ ...postgresSettings({ port: proxy.port }), max: 3 });
    const db = kept(knex({ client: "pg", log, connectionPool: native } as object));
    await assertAsksAnother(db, proxy);
    await native.end();
    const other = new PgPool({ ...postgresSettings({ port: proxy.port }), max: 3 });
    const health = healthOf(knexCheck(kept(knex({ client: "pg", log, connectionPool: other } as object))), { timeoutMs: 300 });
    proxy.darken();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    proxy.swallow();
    await expect.poll(() => run(health), { timeout: 20_000 }).toMatchObject({ status: "ok" });
    await other.end();
  }, 40_000);

  it("never piles up connections to a server that has gone dark, over a native pool of pg either", async () => {
    const native = new PgPool({ ...postgresSettings({ port: proxy.port }), max: 5 });
    native.on("error", () => {});
    opened.push(() => native.end());
    for (const db of [onPostgres({ port: proxy.port }), knex({ client: "pg", log, connectionPool: native } as object)]) {
      await assertNoPile(knexCheck(kept(db)), proxy);
    }
  }, 60_000);
});

/** A connection is swallowed while it opens; then one opens for the application, and the check asks on it at once. */
const assertAsksAnother = async (db: Knex, proxy: TcpProxy): Promise<Health> => {
  const health = healthOf(knexCheck(db), { timeoutMs: 300 });
  proxy.darken();
  for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
  proxy.swallow();
  await db.raw("select 1");
  expect(await run(health)).toMatchObject({ status: "ok" });
  return health;
};

describeReal("knexCheck on MariaDB", missingMariadb, () => {
  let server: RealServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await mariadbServer();
    proxy = await proxyTo(server.port);
  }, 60_000);
  afterAll(async () => {
    await proxy?.close();
    await server?.remove();
  });

  const nativePool = (port: number, connectionLimit = 5): MysqlPool => {
    const native = createPool({ ...mariadbSettings({ port }), connectionLimit });
    opened.push(() => native.promise().end());
    return native;
  };

  const onNative = (native: MysqlPool): Knex => kept(knex({ client: "mysql2", log, connectionPool: native } as object));

  it("leaves nothing of a thousand runs behind", async () => {
    const db = kept(onMariadb({ port: server.port }));
    await assertNoLeak(knexCheck(db), { emitters: [db.client.pool.emitter], gauge: () => levels(db) });
  }, 60_000);

  it("swallowed: one connection of a native pool of mysql2 never opens, and the check asks on another", async () => {
    const native = nativePool(proxy.port);
    const health = await assertAsksAnother(onNative(native), proxy);
    await health.close();
    await expect.poll(() => proxy.open, { timeout: 20_000 }).toBe(1);
  }, 30_000);

  it("never piles up connections to a server that has gone dark, over a native pool of mysql2 either", async () => {
    for (const db of [kept(onMariadb({ port: proxy.port })), onNative(nativePool(proxy.port))]) await assertNoPile(knexCheck(db), proxy);
  }, 60_000);

  it("destroys the connection whose query hangs, so that nothing waits for its polite end", async () => {
    const db = kept(onMariadb({ port: proxy.port }));
    const health = healthOf(knexCheck(db), { timeoutMs: 100 });
    await expect.poll(async () => (await run(health)).status).toBe("ok");
    const lent = await db.client.acquireConnection();
    db.client.releaseConnection(lent);
    proxy.darken();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    expect(lent.stream.destroyed).toBe(true);
    await proxy.heal();
    await expect.poll(async () => (await run(health)).status).toBe("ok");
    expect(levels(db)).toEqual([0, 1, 0, 0, 0]);
    const next = await db.client.acquireConnection();
    db.client.releaseConnection(next);
    expect(next).not.toBe(lent);
  });

  it("sees a native pool of mysql2 that is full, that turns over, and that is stuck", async () => {
    const native = nativePool(server.port, 1);
    const health = healthOf(knexCheck(onNative(native), { acquireTimeoutMs: 5, poolStuckAfterMs: 100 }));
    expect(await run(health)).toMatchObject({ status: "ok" });
    let held = await native.promise().getConnection();
    const began = performance.now();
    while (performance.now() - began < 300) {
      const next = native.promise().getConnection();
      held.release();
      held = await next;
      expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 1 of 1 connections are in use" });
    }
    await expect.poll(() => run(health)).toMatchObject({ status: "error", message: expect.stringMatching(/^pool stuck: 1 of 1/) });
    held.release();
    expect(await run(health)).toMatchObject({ status: "ok" });
  });
});
