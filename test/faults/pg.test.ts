import { Client, Pool } from "pg";
import { pgCheck } from "probekit/checks/pg";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";
import { proxyTo, type TcpProxy } from "./support/proxy.js";

const settings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port,
  user: postgresUser,
  password: wrongPassword ? "wrong" : postgresPassword,
  database: "postgres",
});

const poolOf = (connection: Partial<Connection>, options: object = {}): Pool => {
  const pool = new Pool({ ...settings(connection), max: 2, ...options });
  pool.on("error", () => {});
  return pool;
};

const against = "PostgreSQL 15";

faultRow({
  name: "pgCheck, Pool",
  against,
  missing: missingPostgres,
  server: postgresServer,
  connect: (connection) => {
    const pool = poolOf(connection);
    return {
      check: pgCheck(pool),
      close: () => pool.end(),
      exhaust: async () => {
        const held = [await pool.connect(), await pool.connect()];
        return () => held.forEach((client) => client.release());
      },
    };
  },
});

faultRow({
  name: "pgCheck, Client",
  against,
  missing: missingPostgres,
  server: postgresServer,
  connect: async (connection) => {
    let client: Client;
    const connect = async (): Promise<void> => {
      client = new Client(settings(connection));
      client.on("error", () => {});
      await client.connect();
    };
    await connect();
    return {
      check: pgCheck(() => client),
      close: () => client.end(),
      reconnect: async () => {
        await client.end();
        await connect();
      },
    };
  },
  without: { password: "a Client that can't log in never connects", exhausted: "a Client has no pool" },
});

describeReal("pgCheck on PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await postgresServer();
    proxy = await proxyTo(server.port);
  }, 60_000);
  afterEach(() => proxy.heal());
  afterAll(async () => {
    await proxy.close();
    await server.remove();
  });

  it("leaves nothing of a thousand runs over a pool behind", async () => {
    const pool = poolOf({ port: server.port });
    await assertNoLeak(pgCheck(pool), { emitters: [pool], gauge: () => [pool.idleCount, pool.waitingCount, pool.totalCount] });
    await pool.end();
  }, 60_000);

  it("leaves nothing of a thousand runs over a client behind", async () => {
    const client = new Client(settings({ port: server.port }));
    await client.connect();
    await assertNoLeak(pgCheck(client), { emitters: [client] });
    await client.end();
  }, 60_000);

  it("swallowed: one open connection never resumes, and is replaced by the next run", async () => {
    const pool = poolOf({ port: proxy.port });
    const health = healthOf(pgCheck(pool), { timeoutMs: 300 });
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    proxy.swallow();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await pool.end();
  }, 30_000);

  it("swallowed: one connection never opens, and the next run asks on another that is free", async () => {
    const pool = poolOf({ port: proxy.port });
    const health = healthOf(pgCheck(pool), { timeoutMs: 300 });
    proxy.darken();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    proxy.swallow();
    await pool.query("SELECT 1");
    expect(await run(healthOf(pgCheck(pool)))).toMatchObject({ status: "ok" });
    expect(await run(health)).toMatchObject({ status: "ok" });
    await health.close();
    await pool.end();
    expect(proxy.open).toBe(0);
  }, 30_000);

  it("swallowed: one connection never opens, and is given up for another after a while", async () => {
    const pool = poolOf({ port: proxy.port });
    const health = healthOf(pgCheck(pool), { timeoutMs: 300 });
    proxy.darken();
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    proxy.swallow();
    await expect.poll(() => run(health), { timeout: 20_000 }).toMatchObject({ status: "ok" });
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await pool.end();
  }, 30_000);

  it("discards a connection whose question pg itself gave up", async () => {
    const pool = poolOf({ port: proxy.port }, { query_timeout: 100 });
    const health = healthOf(pgCheck(pool));
    expect(await run(health)).toMatchObject({ status: "ok" });
    proxy.swallow();
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message: "timed out" });
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect([pool.totalCount, pool.idleCount]).toEqual([1, 1]);
    await pool.end();
  });

  it("keeps a connection whose question the server cancelled", async () => {
    const pool = poolOf({ port: server.port }, { statement_timeout: 100 });
    let opened = 0;
    pool.on("connect", () => (opened += 1));
    const health = healthOf(pgCheck(pool, { query: "SELECT pg_sleep(1)" }));
    const cancelled = { status: "error", message: "timed out: the server cancelled the query (57014)" };
    expect(await run(health)).toMatchObject(cancelled);
    expect(await run(health)).toMatchObject(cancelled);
    expect([opened, pool.idleCount]).toEqual([1, 1]);
    await pool.end();
  });

  it("takes a full pool whose own patience is shorter than the check's for exhausted", async () => {
    const pool = poolOf({ port: server.port }, { max: 1, connectionTimeoutMillis: 700 });
    const held = await pool.connect();
    const health = healthOf(pgCheck(pool, { acquireTimeoutMs: 1400 }));
    expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 1 of 1 connections are in use" });
    held.release();
    await pool.end();
  });

  it("says timed out where the pool's own connectionTimeoutMillis ends the opening", async () => {
    const pool = poolOf({ port: proxy.port }, { connectionTimeoutMillis: 100 });
    proxy.darken();
    expect(await run(healthOf(pgCheck(pool)))).toMatchObject({ status: "error", reason: "failed", message: "timed out" });
    await pool.end();
  });

  it("asks a query of one's own by the next run after a server that hung is thawed, or was started again", async () => {
    const pool = poolOf({ port: server.port });
    const health = healthOf(pgCheck(pool, { query: "SELECT 2" }), { timeoutMs: 500 });
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    server.freeze();
    for (let turn = 0; turn < 6; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    server.thaw();
    expect(await run(health)).toMatchObject({ status: "ok" });
    server.freeze();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    await server.kill();
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed" });
    await server.start();
    expect(await run(health)).toMatchObject({ status: "ok" });
    await pool.end();
  }, 30_000);

  it("asks the smallest question while a query waits that hung on a lock, and says so where that fails", async () => {
    const pool = poolOf({ port: server.port });
    const asked: string[] = [];
    pool.on("connect", (client) => {
      const query = client.query.bind(client);
      Object.assign(client, { query: (sql: string) => (asked.push(sql), query(sql)) });
    });
    const health = healthOf(pgCheck(pool, { query: "SELECT pg_sleep(30)" }), { timeoutMs: 500 });
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    const waits = await run(health);
    expect(waits).toMatchObject({ status: "error", reason: "failed" });
    expect(waits.message).toMatch(/^not asked: the query hung 1 times in a row; it is asked again in \d+ ms$/);
    expect(asked).toEqual(["SELECT pg_sleep(30)", "SELECT 1"]);
    server.freeze();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    server.thaw();
    await pool.end();
  }, 30_000);

  it("takes a client in the application's failed transaction for alive, and leaves that alone", async () => {
    const client = new Client(settings({ port: server.port }));
    await client.connect();
    await client.query("BEGIN");
    await expect(client.query("SELECT nothing")).rejects.toThrow();
    expect(await run(healthOf(pgCheck(client)))).toMatchObject({ status: "ok" });
    expect(await run(healthOf(pgCheck(client, { query: "SELECT 2" })))).toMatchObject({ status: "error", message: expect.stringMatching(/transaction is aborted/) });
    expect((await client.query("ROLLBACK")).command).toBe("ROLLBACK");
    await client.end();
  });

  it("listens to a full pool's releases once, however many checks it has", async () => {
    const pool = poolOf({ port: server.port }, { max: 1 });
    const held = await pool.connect();
    const healths = Array.from({ length: 12 }, () => healthOf(pgCheck(pool, { acquireTimeoutMs: 5 })));
    for (const health of healths) expect(await run(health)).toMatchObject({ status: "warn" });
    expect(pool.listenerCount("release")).toBe(1);
    held.release();
    expect(pool.listenerCount("release")).toBe(0);
    for (const health of healths) expect(await run(health)).toMatchObject({ status: "ok" });
    await pool.end();
  });
});
