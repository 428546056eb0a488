import { createConnection, createPool, type Connection as CoreConnection, type Pool as CorePool } from "mysql2";
import { createConnection as connectPromise, createPool as createPromisePool, type Connection as PromiseConnection } from "mysql2/promise";
import { mysql2Check } from "probekit/checks/mysql2";
import { afterAll, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { settle } from "../support/fake-clock.js";
import { mariadbDatabase, mariadbPassword, mariadbServer, mariadbUser, missingMariadb } from "../support/real/mariadb.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo, type TcpProxy } from "./support/proxy.js";

const settings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port: port!,
  user: mariadbUser,
  password: wrongPassword ? "wrong" : mariadbPassword,
  database: mariadbDatabase,
});

const poolOf = (connection: Partial<Connection>, options: object = {}): CorePool =>
  createPool({ ...settings(connection), connectionLimit: 2, ...options });

const lend = (pool: CorePool): Promise<{ release(): void }> =>
  new Promise((resolve, reject) => {
    pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
  });

/** What a pool holds, by its own books. */
const books = (pool: object): number[] => {
  const { _allConnections, _freeConnections, _connectionQueue } = pool as Record<string, { readonly length: number }>;
  return [_allConnections!.length, _freeConnections!.length, _connectionQueue!.length];
};

const against = "MariaDB 10.11, mysql2 3";

faultRow({
  name: "mysql2Check, Pool",
  against,
  missing: missingMariadb,
  server: mariadbServer,
  connect: (connection) => {
    const pool = poolOf(connection);
    return {
      check: mysql2Check(pool),
      close: () => pool.promise().end(),
      exhaust: async () => {
        const held = [await lend(pool), await lend(pool)];
        return () => held.forEach((lent) => lent.release());
      },
    };
  },
});

faultRow({
  name: "mysql2Check, promise Pool",
  against,
  missing: missingMariadb,
  server: mariadbServer,
  connect: (connection) => {
    const pool = createPromisePool({ ...settings(connection), connectionLimit: 2 });
    return {
      check: mysql2Check(pool),
      close: () => pool.end(),
      exhaust: async () => {
        const held = [await pool.getConnection(), await pool.getConnection()];
        return () => held.forEach((lent) => lent.release());
      },
    };
  },
});

faultRow({
  name: "mysql2Check, Connection",
  against,
  missing: missingMariadb,
  server: mariadbServer,
  connect: async (given) => {
    let connection: CoreConnection;
    const connect = async (): Promise<void> => {
      connection = createConnection(settings(given));
      connection.on("error", () => {});
      if (!given.wrongPassword) await connection.promise().connect();
    };
    await connect();
    return {
      check: mysql2Check(() => connection),
      close: () => connection.destroy(),
      reconnect: connect,
    };
  },
  without: { exhausted: "a connection has no pool" },
});

faultRow({
  name: "mysql2Check, promise Connection",
  against,
  missing: missingMariadb,
  server: mariadbServer,
  connect: async (given) => {
    let connection: PromiseConnection;
    const connect = async (): Promise<void> => {
      connection = await connectPromise(settings(given));
      connection.on("error", () => {});
    };
    await connect();
    return { check: mysql2Check(() => connection), close: () => connection.destroy(), reconnect: connect };
  },
  without: { password: "a connection that can't log in is never had", exhausted: "a connection has no pool" },
});

describeReal("mysql2Check on MariaDB", missingMariadb, () => {
  let server: RealServer;
  let proxy: TcpProxy;
  beforeAll(async () => {
    server = await mariadbServer();
    proxy = await proxyTo(server.port);
  }, 60_000);
  afterAll(async () => {
    await proxy.close();
    await server.remove();
  });

  it("leaves nothing of a thousand runs over a pool behind", async () => {
    const pool = poolOf({ port: server.port });
    await assertNoLeak(mysql2Check(pool), { emitters: [pool], gauge: () => books(pool) });
    await pool.promise().end();
  }, 60_000);

  it("leaves nothing of a thousand runs over a connection behind", async () => {
    const connection = createConnection(settings({ port: server.port }));
    await assertNoLeak(mysql2Check(connection), { emitters: [connection] });
    await connection.promise().end();
  }, 60_000);

  it("never piles up connections to a server that has gone dark", async () => {
    const pool = poolOf({ port: proxy.port });
    await assertNoPile(mysql2Check(pool), proxy);
    expect(books(pool)[0]).toBeLessThanOrEqual(2);
    await pool.promise().end();
  }, 60_000);

  it("takes a full pool for exhausted, whether requests may wait or not", async () => {
    const refusing = [{}, { waitForConnections: false }, { queueLimit: 1 }];
    for (const options of refusing) {
      const pool = poolOf({ port: server.port }, { connectionLimit: 1, ...options });
      const health = healthOf(mysql2Check(pool, { acquireTimeoutMs: 5 }));
      const held = await lend(pool);
      const other = lend(pool).catch(() => {});
      const warned = await run(health);
      expect(warned).toMatchObject({ status: "warn", message: "pool exhausted: 1 of 1 connections are in use" });
      expect(warned.data).toMatchObject({ pool: { used: 1, free: 0, max: 1 } });
      held.release();
      (await other)?.release();
      expect(await run(health)).toMatchObject({ status: "ok" });
      expect(books(pool)).toEqual([1, 1, 0]);
      await pool.promise().end();
    }
  });

  it("takes a pool for full while it hands its connection from one to the next, and for stuck when it no longer does", async () => {
    const pool = poolOf({ port: server.port }, { connectionLimit: 1 });
    const health = healthOf(mysql2Check(pool, { acquireTimeoutMs: 5, poolStuckAfterMs: 100 }));
    let held = await lend(pool);
    const began = performance.now();
    while (performance.now() - began < 300) {
      const next = lend(pool);
      held.release();
      held = await next;
      expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 1 of 1 connections are in use" });
    }
    await expect.poll(() => run(health)).toMatchObject({ status: "error", message: expect.stringMatching(/^pool stuck: 1 of 1/) });
    held.release();
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(pool.listenerCount("release")).toBe(0);
    await pool.promise().end();
  });

  it("takes a pool for full whose connections hang in the application's own hands", async () => {
    const pool = poolOf({ port: server.port });
    const health = healthOf(mysql2Check(pool, { poolStuckAfterMs: 1 }), { timeoutMs: 100 });
    const hung = [1, 2].map(() => pool.promise().query("SELECT SLEEP(60)").catch((error: NodeJS.ErrnoException) => error.code));
    await expect.poll(() => books(pool)).toEqual([2, 0, 0]);
    await expect.poll(() => run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 2 of 2 connections are in use" });
    expect(await run(health)).toMatchObject({ status: "error", message: expect.stringMatching(/^pool stuck: 2 of 2/) });
    await server.kill();
    expect(await Promise.all(hung)).toEqual(["PROTOCOL_CONNECTION_LOST", "PROTOCOL_CONNECTION_LOST"]);
    await server.start();
    expect(await run(health)).toMatchObject({ status: "ok" });
    await pool.promise().end();
  }, 20_000);

  it("discards the connection whose question hangs, alone and at once", async () => {
    const pool = poolOf({ port: proxy.port });
    const health = healthOf(mysql2Check(pool), { timeoutMs: 100 });
    const spare = await lend(pool);
    expect(await run(health)).toMatchObject({ status: "ok" });
    proxy.darken();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    await expect.poll(() => books(pool)).toEqual([1, 0, 0]);
    await proxy.heal();
    spare.release();
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(books(pool)).toEqual([1, 1, 0]);
    await pool.promise().end();
  });

  it("loses no connection, at whatever moment it is aborted and one is released", async () => {
    const pool = poolOf({ port: server.port }, { connectionLimit: 1 });
    const check = mysql2Check(pool);
    for (let moment = 0; moment < 100; moment++) {
      const [abortAt, releaseAt] = [Math.floor(moment / 10), moment % 10];
      const held = await lend(pool);
      const controller = new AbortController();
      const running = Promise.resolve(check({ name: "db", signal: controller.signal })).catch(() => {});
      for (let tick = 0; tick < 10; tick++) {
        if (tick === releaseAt) held.release();
        if (tick === abortAt) controller.abort(new Error("overtaken"));
        await (tick % 2 === 0 ? Promise.resolve() : settle());
      }
      await running;
      await expect.poll(() => books(pool).slice(1)).toEqual([books(pool)[0], 0]);
    }
    await pool.promise().end();
  }, 30_000);

  it("names a database that is not there, and asks the query it is told to", async () => {
    const pool = poolOf({ port: server.port }, { database: "nowhere" });
    expect(await run(healthOf(mysql2Check(pool)))).toMatchObject({ status: "error", message: "no such database (ER_BAD_DB_ERROR)" });
    const other = poolOf({ port: server.port });
    expect(await run(healthOf(mysql2Check(other, { query: "SELECT nothing" })))).toMatchObject({ status: "error", reason: "failed" });
    expect(await run(healthOf(mysql2Check(other, { query: "SELECT 2" })))).toMatchObject({ status: "ok" });
    expect(books(other)).toEqual([1, 1, 0]);
    await pool.promise().end();
    await other.promise().end();
  });

  it("lets a pool end whose question hangs", async () => {
    const pool = poolOf({ port: proxy.port });
    const health = healthOf(mysql2Check(pool), { timeoutMs: 100 });
    await expect.poll(async () => (await run(health)).status).toBe("ok");
    proxy.darken();
    const hanging = run(health);
    await expect.poll(() => books(pool)).toEqual([1, 0, 0]);
    const ended = pool.promise().end().catch((error: Error) => error.message);
    expect(await hanging).toMatchObject({ status: "error", reason: "timeout" });
    expect([undefined, "Connection lost: The server closed the connection."]).toContain(await ended);
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the pool was ended" });
    await proxy.heal();
  });

  it("swallowed: one open connection never resumes, and is replaced by the next run", async () => {
    const pool = poolOf({ port: proxy.port });
    const health = healthOf(mysql2Check(pool), { timeoutMs: 300 });
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    proxy.swallow();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    await expect.poll(() => run(health)).toMatchObject({ status: "ok" });
    expect(books(pool)).toEqual([1, 1, 0]);
    await pool.promise().end();
  }, 30_000);

  it("swallowed: one connection never opens, and the next run asks on another that is free", async () => {
    const pool = poolOf({ port: proxy.port }, { connectTimeout: 60_000 });
    const health = healthOf(mysql2Check(pool), { timeoutMs: 300 });
    proxy.darken();
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    proxy.swallow();
    await pool.promise().query("SELECT 1");
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(books(pool)).toEqual([2, 1, 0]);
    await health.close();
    await expect.poll(() => books(pool), { timeout: 20_000 }).toEqual([1, 1, 0]);
    await pool.promise().end();
  }, 30_000);

  it("swallowed: one connection never opens, and is given up for another after a while", async () => {
    const pool = poolOf({ port: proxy.port }, { connectTimeout: 60_000 });
    const health = healthOf(mysql2Check(pool), { timeoutMs: 300 });
    proxy.darken();
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    proxy.swallow();
    await expect.poll(() => run(health), { timeout: 8_000 }).toMatchObject({ status: "ok" });
    expect(books(pool)).toEqual([1, 1, 0]);
    await pool.promise().end();
  }, 30_000);

  it("keeps a connection whose question the server cancelled", async () => {
    const pool = poolOf({ port: server.port });
    const health = healthOf(mysql2Check(pool, { query: "SET STATEMENT max_statement_time=0.1 FOR SELECT SLEEP(2)" }));
    const cancelled = { status: "error", message: "timed out: the server cancelled the query" };
    expect(await run(health)).toMatchObject(cancelled);
    expect(await run(health)).toMatchObject(cancelled);
    expect(books(pool)).toEqual([1, 1, 0]);
    await pool.promise().end();
  });

  it("names neither user nor host, whatever refuses them", async () => {
    const root = poolOf({ port: server.port }).promise();
    await root.query("CREATE USER 'locked'@'127.0.0.1' IDENTIFIED BY 'x' ACCOUNT LOCK");
    await root.query("CREATE USER 'socket'@'127.0.0.1' IDENTIFIED VIA unix_socket");
    const saidOf = async (account: object): Promise<string | undefined> => {
      const pool = poolOf({ port: server.port }, account);
      const { message } = await run(healthOf(mysql2Check(pool)));
      await pool.promise().end();
      return message;
    };
    expect(await saidOf({ user: "locked", password: "x" })).toBe("authentication failed: the account is locked");
    expect(await saidOf({ user: "socket", password: "" })).toBe("authentication failed (ER_ACCESS_DENIED_NO_PASSWORD_ERROR)");
    expect(await run(healthOf(mysql2Check(root, { query: "SELECT nothing" })))).toMatchObject({
      message: "the server refused the question (ER_BAD_FIELD_ERROR)",
    });
    await root.end();
  });
});
