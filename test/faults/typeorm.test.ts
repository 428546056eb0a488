import type { Pool as MysqlPool } from "mysql2";
import type { Pool, PoolClient } from "pg";
import { DataSource } from "typeorm";
import { typeormCheck } from "probekit/checks/typeorm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { mariadbDatabase, mariadbPassword, mariadbServer, mariadbUser, missingMariadb } from "../support/real/mariadb.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";

const sourceOf = ({ port, wrongPassword = false }: Partial<Connection>): DataSource =>
  new DataSource({
    type: "postgres",
    host: "127.0.0.1",
    port: port!,
    username: postgresUser,
    password: wrongPassword ? "wrong" : postgresPassword,
    database: "postgres",
    poolSize: 2,
    poolErrorHandler: () => {},
  });

const poolOf = (source: DataSource): Pool => (source.driver as unknown as { master: Pool }).master;

faultRow({
  name: "typeormCheck",
  against: "PostgreSQL 15, typeorm 1",
  missing: missingPostgres,
  server: postgresServer,
  connect: async (connection) => {
    const source = sourceOf(connection);
    await source.initialize().catch(() => {});
    return {
      check: typeormCheck(source),
      close: () => (source.isInitialized ? source.destroy() : undefined),
      exhaust: async () => {
        const held: PoolClient[] = [await poolOf(source).connect(), await poolOf(source).connect()];
        return () => held.forEach((client) => client.release());
      },
    };
  },
  cells: { password: { status: "error", reason: "failed", message: /^not connected: the data source is not initialized$/ } },
});

const overMysql = ({ port, wrongPassword }: Connection): DataSource =>
  new DataSource({
    type: "mysql",
    host: "127.0.0.1",
    port,
    username: mariadbUser,
    password: wrongPassword ? "wrong" : mariadbPassword,
    database: mariadbDatabase,
    poolSize: 2,
  });

faultRow({
  name: "typeormCheck",
  against: "MariaDB 10.11, typeorm 1",
  missing: missingMariadb,
  server: mariadbServer,
  connect: async (connection) => {
    const source = overMysql(connection);
    await source.initialize().catch(() => {});
    const take = () => (source.driver as unknown as { pool: MysqlPool }).pool.promise().getConnection();
    return {
      check: typeormCheck(source),
      close: () => (source.isInitialized ? source.destroy() : undefined),
      exhaust: async () => {
        const held = [await take(), await take()];
        return () => held.forEach((lent) => lent.release());
      },
    };
  },
  cells: { password: { status: "error", reason: "failed", message: /^not connected: the data source is not initialized$/ } },
});

describeReal("typeormCheck on PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);
  afterAll(() => server.remove());

  it("leaves nothing of a thousand runs behind", async () => {
    const source = await sourceOf({ port: server.port }).initialize();
    const pool = poolOf(source);
    await assertNoLeak(typeormCheck(source), { emitters: [pool], gauge: () => [pool.idleCount, pool.waitingCount, pool.totalCount] });
    await source.destroy();
  }, 60_000);

  it("never piles up questions to a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const source = await sourceOf({ port: proxy.port }).initialize();
    await assertNoPile(typeormCheck(source), proxy);
    await source.destroy();
    await proxy.close();
  }, 60_000);

  it("follows a data source that is initialized late, destroyed, and initialized again", async () => {
    const source = sourceOf({ port: server.port });
    const health = healthOf(typeormCheck(source));
    const notInitialized = { status: "error", message: "not connected: the data source is not initialized" };
    for (let turn = 0; turn < 2; turn++) {
      expect(await run(health)).toMatchObject(notInitialized);
      await source.initialize();
      expect(await run(health)).toMatchObject({ status: "ok" });
      await source.destroy();
    }
    expect(await run(health)).toMatchObject(notInitialized);
  });
});
