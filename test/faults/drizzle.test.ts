import { drizzle as drizzleMysql } from "drizzle-orm/mysql2";
import { drizzle } from "drizzle-orm/node-postgres";
import { drizzle as drizzlePostgresJs } from "drizzle-orm/postgres-js";
import { createConnection, createPool } from "mysql2/promise";
import { Client, Pool } from "pg";
import postgres from "postgres";
import { drizzleCheck } from "probekit/checks/drizzle";
import { afterAll, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { mariadbDatabase, mariadbPassword, mariadbServer, mariadbUser, missingMariadb } from "../support/real/mariadb.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";

const settings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port: port!,
  user: postgresUser,
  password: wrongPassword ? "wrong" : postgresPassword,
  database: "postgres",
});

const poolOf = (connection: Partial<Connection>): Pool => {
  const pool = new Pool({ ...settings(connection), max: 2 });
  pool.on("error", () => {});
  return pool;
};

const common = { missing: missingPostgres, server: postgresServer };

faultRow({
  ...common,
  name: "drizzleCheck, node-postgres",
  against: "PostgreSQL 15, drizzle-orm 0.45, pg 8",
  connect: (connection) => {
    const pool = poolOf(connection);
    return {
      check: drizzleCheck(drizzle(pool)),
      close: () => pool.end(),
      exhaust: async () => {
        const held = [await pool.connect(), await pool.connect()];
        return () => held.forEach((client) => client.release());
      },
    };
  },
});

faultRow({
  ...common,
  name: "drizzleCheck, postgres.js",
  against: "PostgreSQL 15, drizzle-orm 0.45, postgres 3",
  connect: (connection) => {
    const sql = postgres({ ...settings(connection), max: 2, backoff: false });
    return {
      check: drizzleCheck(drizzlePostgresJs(sql)),
      close: () => sql.end({ timeout: 0 }),
      exhaust: async () => {
        const held = [await sql.reserve(), await sql.reserve()];
        return () => held.forEach((reserved) => reserved.release());
      },
    };
  },
  cells: { exhausted: { status: "error", reason: "timeout" } },
  without: { reset: "postgres.js goes on connecting anew while the server's first reply is cut off: lost at first, then a timeout" },
});

const mysqlSettings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port: port!,
  user: mariadbUser,
  password: wrongPassword ? "wrong" : mariadbPassword,
  database: mariadbDatabase,
});

faultRow({
  name: "drizzleCheck, mysql2",
  against: "MariaDB 10.11, drizzle-orm 0.45, mysql2 3",
  missing: missingMariadb,
  server: mariadbServer,
  connect: (connection) => {
    const pool = createPool({ ...mysqlSettings(connection), connectionLimit: 2 });
    return {
      check: drizzleCheck(drizzleMysql(pool)),
      close: () => pool.end(),
      exhaust: async () => {
        const held = [await pool.getConnection(), await pool.getConnection()];
        return () => held.forEach((lent) => lent.release());
      },
    };
  },
});

describeReal("drizzleCheck on MariaDB", missingMariadb, () => {
  it("asks a connection as mysql2Check does", async () => {
    const server = await mariadbServer();
    const connection = await createConnection(mysqlSettings({ port: server.port }));
    const health = healthOf(drizzleCheck(drizzleMysql(connection)));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await connection.end();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the connection was closed, or never opened" });
    await server.remove();
  }, 60_000);
});

describeReal("drizzleCheck on PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);
  afterAll(() => server.remove());

  it("leaves nothing of a thousand runs over a pool behind", async () => {
    const pool = poolOf({ port: server.port });
    const gauge = () => [pool.idleCount, pool.waitingCount, pool.totalCount];
    await assertNoLeak(drizzleCheck(drizzle(pool)), { emitters: [pool], gauge });
    await pool.end();
  }, 60_000);

  it("leaves nothing of a thousand runs over postgres.js behind", async () => {
    const sql = postgres(settings({ port: server.port }));
    await assertNoLeak(drizzleCheck(drizzlePostgresJs(sql)));
    await sql.end();
  }, 60_000);

  it("never piles up questions to a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const pool = poolOf({ port: proxy.port });
    await assertNoPile(drizzleCheck(drizzle(pool)), proxy);
    await pool.end();
    const sql = postgres({ ...settings({ port: proxy.port }), max: 4 });
    await assertNoPile(drizzleCheck(drizzlePostgresJs(sql)), proxy, { runs: 9, connections: 0 });
    await sql.end({ timeout: 0 });
    await proxy.close();
  }, 60_000);

  it("says that a connection of postgres.js was lost, and is ok when it could connect anew", async () => {
    const proxy = await proxyTo(server.port);
    const sql = postgres({ ...settings({ port: proxy.port }), backoff: false });
    const health = healthOf(drizzleCheck(drizzlePostgresJs(sql)), { timeoutMs: 300 });
    expect(await run(health)).toMatchObject({ status: "ok" });
    proxy.resetReplies();
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message: expect.stringMatching(/^connection lost/) });
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    await proxy.heal();
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    await sql.end({ timeout: 0 });
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the client was ended (CONNECTION_ENDED)" });
    await proxy.close();
  });

  it("asks a Client as pgCheck does", async () => {
    const client = new Client(settings({ port: server.port }));
    const health = healthOf(drizzleCheck(drizzle(client)));
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: connect() was not called on the client" });
    await client.connect();
    expect(await run(health)).toMatchObject({ status: "ok" });
    await client.end();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the client was ended, or its connection was lost" });
  });
});
