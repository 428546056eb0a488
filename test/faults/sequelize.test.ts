import { Sequelize, type Options } from "sequelize";
import { sequelizeCheck } from "probekit/checks/sequelize";
import { afterAll, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { mariadbDatabase, mariadbPassword, mariadbServer, mariadbUser, missingMariadb } from "../support/real/mariadb.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";
import { exhaustSequelize, sequelizeLevels } from "./support/sequelize.js";

const sequelizeOf = ({ port, wrongPassword = false }: Partial<Connection>, options: Options = {}): Sequelize =>
  new Sequelize("postgres", postgresUser, wrongPassword ? "wrong" : postgresPassword, {
    dialect: "postgres",
    host: "127.0.0.1",
    port: port!,
    logging: false,
    pool: { max: 2 },
    ...options,
  });

faultRow({
  name: "sequelizeCheck",
  against: "PostgreSQL 15, sequelize 6",
  missing: missingPostgres,
  server: postgresServer,
  connect: (connection) => {
    const sequelize = sequelizeOf(connection);
    return { check: sequelizeCheck(sequelize), close: () => sequelize.close(), exhaust: () => exhaustSequelize(sequelize) };
  },
});

const overMysql = ({ port, wrongPassword = false }: Partial<Connection>, max = 2): Sequelize =>
  new Sequelize(mariadbDatabase, mariadbUser, wrongPassword ? "wrong" : mariadbPassword, {
    dialect: "mysql",
    host: "127.0.0.1",
    port: port!,
    logging: false,
    pool: { max, idle: 600_000, evict: 600_000 },
  });

faultRow({
  name: "sequelizeCheck",
  against: "MariaDB 10.11, sequelize 6",
  missing: missingMariadb,
  server: mariadbServer,
  connect: (connection) => {
    const sequelize = overMysql(connection);
    return { check: sequelizeCheck(sequelize), close: () => sequelize.close(), exhaust: () => exhaustSequelize(sequelize) };
  },
});

describeReal("sequelizeCheck on MariaDB", missingMariadb, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await mariadbServer();
  }, 60_000);
  afterAll(() => server.remove());

  it("leaves nothing of a thousand runs behind", async () => {
    const sequelize = overMysql({ port: server.port }, 1);
    await assertNoLeak(sequelizeCheck(sequelize), { gauge: () => sequelizeLevels(sequelize) });
    await sequelize.close();
  }, 60_000);

  it("never piles up questions to a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const sequelize = overMysql({ port: proxy.port });
    await assertNoPile(sequelizeCheck(sequelize), proxy);
    await sequelize.close();
    await proxy.close();
  }, 60_000);
});

describeReal("sequelizeCheck on MariaDB, a connection whose question hangs", missingMariadb, () => {
  it("is cut, and not asked to end behind it", async () => {
    const server = await mariadbServer();
    const proxy = await proxyTo(server.port);
    const sequelize = overMysql({ port: proxy.port });
    const opened: { readonly stream: { readonly destroyed: boolean } }[] = [];
    sequelize.addHook("afterConnect", (connection) => void opened.push(connection as (typeof opened)[number]));
    const health = healthOf(sequelizeCheck(sequelize), { timeoutMs: 100 });
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    proxy.darken();
    expect(await run(health)).toMatchObject({ reason: "timeout" });
    await expect.poll(() => opened.map(({ stream }) => stream.destroyed)).toEqual([true]);
    await proxy.heal();
    await sequelize.close();
    await proxy.close();
    await server.remove();
  }, 60_000);
});

describeReal("sequelizeCheck on PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);
  afterAll(() => server.remove());

  it("leaves nothing of a thousand runs behind", async () => {
    const sequelize = sequelizeOf({ port: server.port }, { pool: { max: 1, idle: 600_000, evict: 600_000 } });
    await assertNoLeak(sequelizeCheck(sequelize), { gauge: () => sequelizeLevels(sequelize) });
    await sequelize.close();
  }, 60_000);

  it("never piles up questions to a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const sequelize = sequelizeOf({ port: proxy.port });
    await assertNoPile(sequelizeCheck(sequelize), proxy);
    await sequelize.close();
    await proxy.close();
  }, 60_000);

  it("swallowed: one connection never opens, and the check is ok as soon as the application has another", async () => {
    const proxy = await proxyTo(server.port);
    const sequelize = sequelizeOf({ port: proxy.port });
    const health = healthOf(sequelizeCheck(sequelize), { timeoutMs: 300 });
    proxy.darken();
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    proxy.swallow();
    await sequelize.query("SELECT 1");
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(sequelizeLevels(sequelize)).toEqual({ size: 2, using: 0, waiting: 0, available: 1 });
    await proxy.close();
    await sequelize.close();
  }, 30_000);

  it("discards a connection whose question pg itself gave up", async () => {
    const proxy = await proxyTo(server.port);
    const sequelize = sequelizeOf({ port: proxy.port }, { dialectOptions: { query_timeout: 200 } });
    const health = healthOf(sequelizeCheck(sequelize));
    expect(await run(health)).toMatchObject({ status: "ok" });
    proxy.swallow();
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message: "timed out" });
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(sequelizeLevels(sequelize)).toEqual({ size: 1, using: 0, waiting: 0, available: 1 });
    await sequelize.close();
    await proxy.close();
  });

  it("asks the pool that writes, where there is replication", async () => {
    const read = { host: "127.0.0.1", port: 1 };
    const write = { host: "127.0.0.1", port: server.port };
    const sequelize = sequelizeOf({ port: server.port }, { replication: { read: [read], write } });
    const health = healthOf(sequelizeCheck(sequelize));
    expect(await run(health)).toMatchObject({ status: "ok" });
    const giveBack = await exhaustSequelize(sequelize);
    expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 2 of 2 connections are in use" });
    giveBack();
    expect(await run(health)).toMatchObject({ status: "ok" });
    await sequelize.close();
  });

  it("takes a full pool that releases nothing for stuck, and one that releases for full", async () => {
    const sequelize = sequelizeOf({ port: server.port });
    const health = healthOf(sequelizeCheck(sequelize, { acquireTimeoutMs: 5, poolStuckAfterMs: 100 }));
    const giveBack = await exhaustSequelize(sequelize);
    expect(await run(health)).toMatchObject({ status: "warn" });
    await expect.poll(() => run(health)).toMatchObject({ status: "error", message: expect.stringMatching(/^pool stuck: 2 of 2/) });
    giveBack();
    const giveBackAgain = await exhaustSequelize(sequelize);
    expect(await run(health)).toMatchObject({ status: "warn" });
    giveBackAgain();
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(sequelizeLevels(sequelize)).toMatchObject({ using: 0, waiting: 0 });
    await sequelize.close();
  });

  it("calls the pool's own time-out exhausted, when the pool is full", async () => {
    const sequelize = sequelizeOf({ port: server.port }, { pool: { max: 2, acquire: 500 } });
    const giveBack = await exhaustSequelize(sequelize);
    const health = healthOf(sequelizeCheck(sequelize, { acquireTimeoutMs: 1400 }));
    expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 2 of 2 connections are in use" });
    giveBack();
    await sequelize.close();
  });

  it("says that a closed instance is not connected", async () => {
    const sequelize = sequelizeOf({ port: server.port });
    const health = healthOf(sequelizeCheck(sequelize));
    await sequelize.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the Sequelize instance was closed" });
  });
});
