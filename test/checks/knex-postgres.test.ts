import { createRequire } from "node:module";
import knex, { type Knex } from "knex";
import { knexCheck } from "probekit/checks/knex";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, onTestFinished } from "vitest";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { healthOf, run } from "./support/ask.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";

/** The part of pg that is used here; the package has no types of its own. */
interface PgModule {
  readonly Pool: new (settings: object) => {
    readonly totalCount: number;
    connect(): Promise<{ release(): void }>;
    end(): Promise<void>;
  };
}

const quiet = { warn: () => {}, error: () => {}, deprecate: () => {}, debug: () => {} };

const socketsOpen = (): number => process.getActiveResourcesInfo().filter((name) => name === "TCPSocketWrap").length;

/** How many connections the server itself sees. */
const backends = async (db: Knex): Promise<number> => {
  const { rows } = await db.raw("select count(*)::int as open from pg_stat_activity where backend_type = 'client backend'");
  return rows[0].open;
};

describeReal("knexCheck on a real PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  let db: Knex;
  expectNoRejections();

  const opened: (() => Promise<unknown>)[] = [];
  const holding: [Knex, object][] = [];
  const settings = (): object => ({ host: "127.0.0.1", port: server.port, user: postgresUser, password: postgresPassword, database: "postgres" });

  const connect = (pool: Knex.PoolConfig = {}, connection: object = {}): Knex => {
    const made = knex({ client: "pg", log: quiet, connection: { ...settings(), ...connection }, pool: { min: 0, max: 4, ...pool } });
    opened.push(() => made.destroy());
    return made;
  };

  const hold = async (from: Knex): Promise<object> => {
    const connection = await from.client.acquireConnection();
    holding.push([from, connection]);
    return connection;
  };

  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);

  afterAll(() => server.remove());

  beforeEach(() => {
    db = connect();
  });

  afterEach(async () => {
    await server.restore();
    for (const [from, connection] of holding.splice(0)) from.client.pool?.release(connection);
    for (const close of opened.splice(0)) await close();
  });

  it("is ok and gives its connection back", async () => {
    const health = healthOf(knexCheck(db));
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect([db.client.pool.numUsed(), db.client.pool.numFree()]).toEqual([0, 1]);
  });

  it("asks the query it is told to", async () => {
    const asked: string[] = [];
    db.on("query", ({ sql }: { sql: string }) => asked.push(sql));
    expect(await run(healthOf(knexCheck(db, { query: "SELECT 2" })))).toMatchObject({ status: "ok" });
    expect(await run(healthOf(knexCheck(db)))).toMatchObject({ status: "ok" });
    expect(asked).toEqual(["SELECT 2", "SELECT 1"]);
  });

  it("says that the connection is refused, at once and without the host", async () => {
    await server.stop();
    const refused = await run(healthOf(knexCheck(db)));
    expect(refused).toMatchObject({ status: "error", reason: "failed", message: "connection refused (ECONNREFUSED)" });
    expect(refused.latencyMs).toBeLessThan(1000);
    await server.start();
    expect(await run(healthOf(knexCheck(db)))).toMatchObject({ status: "ok" });
  });

  it("times out on a hung server, discards that connection alone, and is ok by the next run after", async () => {
    const health = healthOf(knexCheck(db), { timeoutMs: 500 });
    await run(health);
    const lent = await db.client.acquireConnection();
    db.client.releaseConnection(lent);
    const { stream } = lent.connection;
    server.freeze();
    const hung = await run(health);
    expect(hung).toMatchObject({ status: "error", reason: "timeout" });
    expect(hung.latencyMs).toBeGreaterThanOrEqual(499);
    expect(stream.destroyed).toBe(true);
    expect(db.client.pool.numUsed()).toBe(0);
    server.thaw();
    expect(await run(health)).toMatchObject({ status: "ok" });
    const next = await db.client.acquireConnection();
    db.client.releaseConnection(next);
    expect(next).not.toBe(lent);
    expect([db.client.pool.numUsed(), db.client.pool.numFree()]).toEqual([0, 1]);
  });

  it("queues no request behind a server that hangs while it connects", async () => {
    const health = healthOf(knexCheck(db), { timeoutMs: 100 });
    server.freeze();
    for (let turn = 0; turn < 5; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    await settle();
    expect(db.client.pool.numPendingAcquires()).toBe(0);
    expect(db.client.pool.numPendingCreates()).toBe(1);
    server.thaw();
    expect(await run(healthOf(knexCheck(db)))).toMatchObject({ status: "ok" });
    expect([db.client.pool.numUsed(), db.client.pool.numFree()]).toEqual([0, 1]);
  });

  it("is ok by the next run after the server was killed and started again", async () => {
    const health = healthOf(knexCheck(db));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await server.kill();
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed" });
    expect(await run(health)).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
    await server.start();
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("says that authentication failed, without the user's name", async () => {
    const stranger = connect({}, { password: "wrong" });
    expect(await run(healthOf(knexCheck(stranger)))).toMatchObject({ status: "error", reason: "failed", message: "authentication failed (28P01)" });
  });

  it("says that there is no such database, no such host, and no TLS", async () => {
    const failing: [object, RegExp][] = [
      [{ database: "nowhere" }, /^no such database \(3D000\)$/],
      [{ host: "nowhere.invalid" }, /^DNS: .+ \((ENOTFOUND|EAI_AGAIN)\)$/],
      [{ ssl: true }, /^TLS failed$/],
    ];
    for (const [connection, message] of failing) {
      const other = connect({}, connection);
      const said = await run(healthOf(knexCheck(other)));
      expect(said.status).toBe("error");
      expect(said.message).toMatch(message);
    }
  });

  it("warns of an exhausted pool within the run's timeout, and is ok when a connection is back", async () => {
    const full = connect({ max: 2 });
    const held = [await hold(full), await hold(full)];
    const health = healthOf(knexCheck(full));
    const warned = await run(health);
    expect(warned).toMatchObject({
      status: "warn",
      message: "pool exhausted: 2 of 2 connections are in use",
      data: { pool: { used: 2, free: 0, waiting: 0, max: 2 } },
    });
    expect(warned.latencyMs).toBeLessThan(1000);
    await settle();
    expect(full.client.pool.numPendingAcquires()).toBe(0);
    full.client.releaseConnection(held[0]);
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("warns of an exhausted pool under a timeout shorter than its own patience, too", async () => {
    const full = connect({ max: 1 });
    await hold(full);
    const health = healthOf(knexCheck(full), { timeoutMs: 100 });
    expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 1 of 1 connections are in use" });
  });

  it("asks a query that hangs on a lock ever more seldom: the server goes on with each", async () => {
    await db.raw("create table if not exists orders (id int)");
    const before = await backends(db);
    const lock = await db.transaction();
    await lock.raw("lock table orders");
    const asking = connect({ max: 2 });
    const health = healthOf(knexCheck(asking, { query: "select 1 from orders limit 1" }), { timeoutMs: 250 });
    onTestFinished(async () => void (await lock.rollback()));
    const messages = new Set<string>();
    const began = performance.now();
    while (performance.now() - began < 4000) messages.add((await run(health)).message?.replace(/\d+/g, "n") ?? "");
    expect(messages).toEqual(new Set(['check "dependency" timed out after n ms', "not asked: the query hung n times in a row; it is asked again in n ms"]));
    // One at the start, then 500, 1000 and 2000 ms later.
    expect((await backends(db)) - before).toBeLessThanOrEqual(1 + 5);
    await lock.rollback();
    await until(async () => (await run(health)).status === "ok");
    await db.raw("drop table orders");
  }, 30_000);

  it("is ok when a full pool lends a connection in time", async () => {
    const full = connect({ max: 1 });
    const held = await hold(full);
    const running = run(healthOf(knexCheck(full)));
    await until(() => full.client.pool.numPendingAcquires() === 1);
    full.client.releaseConnection(held);
    expect(await running).toMatchObject({ status: "ok" });
  });

  it("takes an exhausted pool for an error when it is told to", async () => {
    const full = connect({ max: 1 });
    await hold(full);
    const health = healthOf(knexCheck(full, { onPoolExhausted: "error", acquireTimeoutMs: 20 }));
    expect(await run(health)).toMatchObject({ status: "error", message: "pool exhausted: 1 of 1 connections are in use" });
  });

  it("takes a pool that releases nothing for long for stuck, and one that releases for full", async () => {
    const full = connect({ max: 1 });
    const pool = full.client.pool;
    const held = await hold(full);
    const health = healthOf(knexCheck(full, { acquireTimeoutMs: 20, poolStuckAfterMs: 100 }));
    const statuses: string[] = [];
    const began = performance.now();
    while (performance.now() - began < 130) statuses.push((await run(health)).status);
    const stuck = await run(health);
    expect(statuses[0]).toBe("warn");
    expect(stuck).toMatchObject({ status: "error", reason: "failed", data: { pool: { used: 1, max: 1 } } });
    expect(stuck.message).toMatch(/^pool stuck: 1 of 1 connections are in use and none was given back for \d+ ms$/);
    expect(pool.emitter.listenerCount("release")).toBe(1);
    full.client.releaseConnection(held);
    expect(pool.emitter.listenerCount("release")).toBe(0);
    await hold(full);
    expect(await run(health)).toMatchObject({ status: "warn" });
  });

  it("says that a destroyed instance is not connected, and is ok once it is initialised again", async () => {
    const other = connect();
    const health = healthOf(knexCheck(other));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await other.destroy();
    const said = await run(health);
    expect(said.status).toBe("error");
    expect(said.message).toMatch(/^not connected: /);
    other.initialize();
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("says so while the instance is being destroyed", async () => {
    const other = connect();
    const held = await hold(other);
    const gone = other.destroy();
    expect(await run(healthOf(knexCheck(other)))).toMatchObject({ status: "error", message: "not connected: the knex instance is being destroyed" });
    other.client.releaseConnection(held);
    await gone;
  });

  it("works on a native pg.Pool that knex was given", async () => {
    const { Pool } = createRequire(import.meta.url)("pg") as PgModule;
    const native = new Pool({ ...settings(), max: 1 });
    opened.push(() => native.end());
    const other = knex({ client: "pg", log: quiet, connectionPool: native } as object);
    const health = healthOf(knexCheck(other));
    expect(await run(health)).toMatchObject({ status: "ok" });
    const held = await native.connect();
    expect(await run(health)).toMatchObject({ status: "warn", data: { pool: { used: 1, free: 0, waiting: 0, max: 1 } } });
    held.release();
    expect(await run(health)).toMatchObject({ status: "ok" });
    server.freeze();
    expect(await run(healthOf(knexCheck(other), { timeoutMs: 500 }))).toMatchObject({ status: "error", reason: "timeout" });
    expect(native.totalCount).toBe(0);
    server.thaw();
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("leaves pool, sockets and listeners after 300 runs, a tenth aborted, as they were after the first", { timeout: 30_000 }, async () => {
    const check = knexCheck(db);
    const asks = async (controller: AbortController): Promise<unknown> =>
      Promise.resolve(check({ name: "db", signal: controller.signal })).then(
        () => "ok",
        (error: unknown) => error,
      );
    expect(await asks(new AbortController())).toBe("ok");
    const [before, sockets] = [[db.client.pool.numUsed(), db.client.pool.numFree()], socketsOpen()];
    let aborted = 0;
    for (let turn = 0; turn < 300; turn++) {
      const controller = new AbortController();
      const asked = asks(controller);
      if (turn % 10 === 0) {
        for (let tick = 0; tick < turn / 10; tick++) await Promise.resolve();
        controller.abort(new Error("overtaken"));
        aborted += (await asked) === "ok" ? 0 : 1;
        await settle();
      } else expect(await asked).toBe("ok");
    }
    await until(() => db.client.pool.numPendingCreates() === 0 && db.client.pool.pendingDestroys.length === 0);
    expect(aborted).toBe(30);
    expect(await asks(new AbortController())).toBe("ok");
    await until(() => socketsOpen() <= sockets);
    expect([db.client.pool.numUsed(), db.client.pool.numFree()]).toEqual(before);
    expect(db.client.pool.numPendingAcquires()).toBe(0);
    await until(async () => (await backends(db)) === 1);
  });
});
