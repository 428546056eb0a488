import { Kysely, MysqlDialect, PostgresDialect } from "kysely";
import { createPool } from "mysql2";
import { Pool } from "pg";
import { kyselyCheck } from "probekit/checks/kysely";
import { afterAll, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { mariadbDatabase, mariadbPassword, mariadbServer, mariadbUser, missingMariadb } from "../support/real/mariadb.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection, type Subject } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";

const poolOf = ({ port, wrongPassword = false }: Partial<Connection>): Pool => {
  const password = wrongPassword ? "wrong" : postgresPassword;
  const pool = new Pool({ host: "127.0.0.1", port, user: postgresUser, password, database: "postgres", max: 2 });
  pool.on("error", () => {});
  // Kysely leaves a connection that it has taken without a listener: one that dies would end the process.
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
};

const kyselyOf = (pool: Pool): Kysely<unknown> => new Kysely({ dialect: new PostgresDialect({ pool }) });

const subject = (connection: Connection, isPoolGiven: boolean): Subject => {
  const pool = poolOf(connection);
  const db = kyselyOf(pool);
  return {
    check: isPoolGiven ? kyselyCheck(db, { pool }) : kyselyCheck(db),
    close: () => db.destroy().then(() => (pool.ending ? undefined : pool.end())),
    exhaust: async () => {
      const held = [await pool.connect(), await pool.connect()];
      return () => held.forEach((client) => client.release());
    },
  };
};

const common = { against: "PostgreSQL 15, kysely 0.28", missing: missingPostgres, server: postgresServer };

faultRow({ ...common, name: "kyselyCheck with its pool", connect: (connection) => subject(connection, true) });

faultRow({
  ...common,
  name: "kyselyCheck",
  connect: (connection) => subject(connection, false),
  cells: { exhausted: { status: "error", reason: "timeout" } },
});

faultRow({
  name: "kyselyCheck",
  against: "MariaDB 10.11, kysely 0.28",
  missing: missingMariadb,
  server: mariadbServer,
  connect: ({ port, wrongPassword }) => {
    const password = wrongPassword ? "wrong" : mariadbPassword;
    const pool = createPool({ host: "127.0.0.1", port, user: mariadbUser, password, database: mariadbDatabase, connectionLimit: 2 });
    return {
      check: kyselyCheck(new Kysely({ dialect: new MysqlDialect({ pool }) })),
      close: () => pool.promise().end(),
      exhaust: async () => {
        const held = [await pool.promise().getConnection(), await pool.promise().getConnection()];
        return () => held.forEach((lent) => lent.release());
      },
    };
  },
  cells: { exhausted: { status: "error", reason: "timeout" } },
});

describeReal("kyselyCheck on PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);
  afterAll(() => server.remove());

  const gauge = (pool: Pool) => () => [pool.idleCount, pool.waitingCount, pool.totalCount];

  it("leaves nothing of a thousand runs behind, with its pool and without", async () => {
    const pool = poolOf({ port: server.port });
    const db = kyselyOf(pool);
    await assertNoLeak(kyselyCheck(db, { pool }), { emitters: [pool], gauge: gauge(pool) });
    await assertNoLeak(kyselyCheck(db), { emitters: [pool], gauge: gauge(pool) });
    await db.destroy();
  }, 60_000);

  it("takes the time-out of a hidden pool that is full for exhausted", async () => {
    const pool = new Pool({ host: "127.0.0.1", port: server.port, user: postgresUser, password: postgresPassword, database: "postgres", max: 1, connectionTimeoutMillis: 700 });
    const held = await pool.connect();
    const db = kyselyOf(pool);
    expect(await run(healthOf(kyselyCheck(db)))).toMatchObject({ status: "warn", message: "pool exhausted" });
    held.release();
    await db.destroy();
  });

  it("never piles up questions to a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const pool = poolOf({ port: proxy.port });
    const db = kyselyOf(pool);
    await assertNoPile(kyselyCheck(db, { pool }), proxy);
    await assertNoPile(kyselyCheck(db), proxy, { runs: 9, connections: 0 });
    await assertNoPile(kyselyCheck(db), proxy, { runs: 30, connections: 2 });
    await db.destroy();
    await proxy.close();
  }, 60_000);
});

describeReal("kyselyCheck on MariaDB", missingMariadb, () => {
  it("calls the pool of a dead server stuck, which warns no longer, though that pool is hidden", async () => {
    const server = await mariadbServer();
    const at = { host: "127.0.0.1", port: server.port, user: mariadbUser, password: mariadbPassword, database: mariadbDatabase };
    const pool = createPool({ ...at, connectionLimit: 1, queueLimit: 1 });
    const health = healthOf(kyselyCheck(new Kysely({ dialect: new MysqlDialect({ pool }) })), { timeoutMs: 100 });
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    server.freeze();
    const hung = [1, 2].map(() => pool.promise().query("SELECT 1"));
    expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted" });
    await expect.poll(() => run(health), { timeout: 5000 }).toMatchObject({
      status: "error",
      message: expect.stringMatching(/^pool stuck: no connection for \d{4} ms$/),
    });
    server.thaw();
    await Promise.all(hung);
    expect(await run(health)).toMatchObject({ status: "ok" });
    await pool.promise().end();
    await server.remove();
  }, 60_000);
});
