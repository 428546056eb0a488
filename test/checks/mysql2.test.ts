import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import mysql2, { createConnection, createPool, createPoolCluster, type Connection, type Pool } from "mysql2";
import { createConnection as connectPromise, createPool as createPromisePool, createPoolCluster as createPromiseCluster } from "mysql2/promise";
import { mysql2Check } from "probekit/checks/mysql2";
import { afterEach, describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { freePort } from "../support/real/served.js";
import { healthOf, run, runAtOnce } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const poolTo = (port: number, options: object = {}): Pool => {
  const pool = createPool({ host: "127.0.0.1", port, connectionLimit: 2, ...options });
  closing.push(() => pool.end(() => {}));
  return pool;
};

const connectionTo = (port: number): Connection => {
  const connection = createConnection({ host: "127.0.0.1", port });
  connection.on("error", () => {});
  closing.push(() => connection.destroy());
  return connection;
};

/** A server that accepts and never says a word; it keeps what it accepted. */
const silentServer = async (): Promise<{ port: number; sockets: Socket[]; server: Server }> => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => sockets.push(socket.on("error", () => {}))).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets, server };
};

const waiting = (pool: Pool): number => {
  const { _connectionQueue: queue } = pool as unknown as { readonly _connectionQueue: { readonly length: number } };
  return queue.length;
};

describe("what mysql2Check is handed", () => {
  const wanted = "mysql2Check takes a pool or a connection of mysql2 3.1 or newer, or a function that returns the present connection; got ";
  const does = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, () => {}]));
  const ring = { get: () => {}, removeOne: () => {} };
  const ofPool = does("getConnection", "releaseConnection", "query", "execute", "on", "removeListener");
  const ofConnection = { ...does("query", "execute", "on"), stream: does("destroy"), _handshakePacket: null };
  const cluster = "a PoolCluster, which removes the servers that fail: give each server's own pool a check";
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a text", "mysql://u:secret@h/db", "a string"],
    ["the package itself", mysql2, "a package itself"],
    ["a promise of a connection", Promise.resolve(), "a promise; await it first"],
    ["a cluster", createPoolCluster(), cluster],
    ["a cluster of mysql2/promise", createPromiseCluster(), cluster],
    ["a cluster's namespace", createPoolCluster().of("*"), "an object made by PoolNamespace"],
    ["a pool of mysql", does("getConnection", "acquireConnection", "releaseConnection", "query"), "a pool of the mysql package"],
    ["a connection of mysql", does("query", "statistics", "ping"), "a connection of the mysql package"],
    ["a pool of mariadb", does("getConnection", "taskQueueSize", "query", "execute"), "a pool of the mariadb package"],
    ["a connection of mariadb", does("query", "execute", "serverVersion", "isValid"), "a connection of the mariadb package"],
    ["a pool of an old major", { ...ofPool, _connectionQueue: ring, config: { connectionLimit: 10 } }, "a pool of mysql2 older than 3.1"],
    ["a connection of an old major", { ...ofConnection, config: { password: "secret" } }, "a connection of mysql2 2 or older"],
    ["another library's client", new (class Client { query() {} })(), "an object made by Client"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => mysql2Check(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  const all = "onPoolExhausted, acquireTimeoutMs, poolStuckAfterMs, query";
  const options: [object, string, string][] = [
    [{ onPoolExhausted: "fail" }, "invalid-option", 'onPoolExhausted must be "warn" or "error"; got "fail"'],
    [{ acquireTimeoutMs: 0 }, "invalid-option", "acquireTimeoutMs must be a number of milliseconds from 1 to 2147483647; got 0"],
    [{ poolStuckAfterMs: Number.NaN }, "invalid-option", "poolStuckAfterMs must be a number of milliseconds from 1 to 2147483647; got NaN"],
    [{ query: "" }, "invalid-option", 'query must be a string that is not empty; got ""'],
    [{ timeout: 5 }, "unknown-option", `mysql2Check has no option "timeout"; it has ${all}`],
  ];

  it.each(options)("options %j are refused", async (given, code, message) => {
    const pool = poolTo(1);
    expect(thrown(() => mysql2Check(pool, given))).toEqual({ code, message });
  });

  it("takes undefined for each default, and of a connection the query alone", async () => {
    const given = { onPoolExhausted: undefined, acquireTimeoutMs: undefined, poolStuckAfterMs: undefined, query: undefined };
    expect(mysql2Check(poolTo(1), given)).toBeTypeOf("function");
    const { port } = await silentServer();
    expect(thrown(() => mysql2Check(connectionTo(port), { acquireTimeoutMs: 5 }))).toEqual({
      code: "unknown-option",
      message: 'mysql2Check of a connection has no option "acquireTimeoutMs"; it has query',
    });
  });
});

describe("mysql2Check of a pool", () => {
  it("names a refused connection, without the host", async () => {
    const pool = poolTo(await freePort());
    expect(await run(healthOf(mysql2Check(pool)))).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
  });

  it("names a host that is not there, without its name", async () => {
    const pool = poolTo(3306, { host: "db.invalid" });
    const said = await run(healthOf(mysql2Check(pool)));
    expect(said.message).toMatch(/^DNS: .+ \((ENOTFOUND|EAI_AGAIN)\)$/);
  });

  it("opens one connection to a server that never greets, however many runs time out, and says what ended it", async () => {
    const { port, sockets } = await silentServer();
    const pool = poolTo(port, { connectionLimit: 5, connectTimeout: 400 });
    const health = healthOf(mysql2Check(pool), { timeoutMs: 20 });
    for (let turn = 0; turn < 5; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    expect(sockets.length).toBe(1);
    const patient = healthOf(mysql2Check(pool));
    expect(await run(patient)).toMatchObject({ status: "error", reason: "failed", message: "timed out (ETIMEDOUT)" });
  });

  it("does not take connections that are being opened for a full pool, and stands in its queue no longer than a run", async () => {
    const { port, sockets } = await silentServer();
    const pool = poolTo(port, { connectionLimit: 2 });
    for (let opening = 0; opening < 2; opening++) pool.getConnection(() => {});
    const health = healthOf(mysql2Check(pool, { acquireTimeoutMs: 5 }), { timeoutMs: 40 });
    for (let turn = 0; turn < 3; turn++) {
      expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
      await settle();
      expect(waiting(pool)).toBe(0);
    }
    expect(sockets.length).toBe(2);
  });

  it("takes its own request out of the queue, and nobody else's", async () => {
    const { port } = await silentServer();
    const pool = poolTo(port, { connectionLimit: 1 });
    const others: string[] = [];
    pool.getConnection(() => {});
    pool.getConnection(() => others.push("before"));
    const controller = new AbortController();
    const running = Promise.resolve(mysql2Check(pool)({ name: "db", signal: controller.signal })).catch((error: Error) => error.message);
    pool.getConnection(() => others.push("after"));
    expect(waiting(pool)).toBe(3);
    controller.abort(new Error("overtaken"));
    expect(await running).toBe("overtaken");
    expect(waiting(pool)).toBe(2);
    pool.end(() => {});
    await settle();
    expect(others).toEqual(["before", "after"]);
  });

  it("asks for no connection when it is aborted before it begins", async () => {
    const { port, sockets } = await silentServer();
    const check = mysql2Check(poolTo(port));
    await expect(check({ name: "db", signal: AbortSignal.abort(new Error("overtaken")) })).rejects.toThrow("overtaken");
    await settle();
    expect(sockets).toEqual([]);
  });

  it("says that a pool was ended, of mysql2/promise too", async () => {
    const [pool, promised] = [poolTo(1), createPromisePool({ host: "127.0.0.1", port: 1 })];
    const [first, second] = [healthOf(mysql2Check(pool)), healthOf(mysql2Check(promised))];
    pool.end(() => {});
    await promised.end();
    for (const health of [first, second]) {
      expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the pool was ended" });
    }
  });
});

describe("mysql2Check of a connection", () => {
  it("names a refused connection while it is opened, and after that", async () => {
    const connection = connectionTo(await freePort());
    const health = healthOf(mysql2Check(connection));
    expect(await runAtOnce(health)).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: connection refused (ECONNREFUSED)" });
  });

  it("asks once while the server hangs, however many runs time out", async () => {
    const { port } = await silentServer();
    const connection = connectionTo(port);
    const asked: unknown[] = [];
    const { query } = connection;
    connection.query = ((...given: unknown[]) => {
      asked.push(given[0]);
      return (query as (...all: unknown[]) => unknown).apply(connection, given);
    }) as typeof query;
    const health = healthOf(mysql2Check(connection, { query: "SELECT 2" }), { timeoutMs: 20 });
    for (let turn = 0; turn < 4; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    expect(asked).toEqual(["SELECT 2"]);
  });

  const ends: [string, (connection: Connection) => unknown][] = [
    ["ended", (connection) => connection.end()],
    ["destroyed", (connection) => connection.destroy()],
  ];

  it.each(ends)("says that it was closed once it is %s, even behind a question that hangs", async (_name, end) => {
    const { port } = await silentServer();
    const connection = connectionTo(port);
    const health = healthOf(mysql2Check(connection), { timeoutMs: 20 });
    expect(await run(health)).toMatchObject({ reason: "timeout" });
    end(connection);
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the connection was closed, or never opened" });
  });

  it("says that it was lost when the server went away", async () => {
    const { port, sockets } = await silentServer();
    const connection = connectionTo(port);
    const health = healthOf(mysql2Check(connection));
    await expect.poll(() => sockets.length).toBe(1);
    const lost = once((connection as unknown as { stream: Socket }).stream, "close");
    sockets[0]?.destroy();
    await lost;
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: connection lost (PROTOCOL_CONNECTION_LOST)" });
  });

  it("asks the connection that the function returns at each run, and says where there is none", async () => {
    const { port } = await silentServer();
    let present: Connection | undefined;
    const health = healthOf(mysql2Check(() => present), { timeoutMs: 20 });
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the function returned undefined" });
    present = connectionTo(await freePort());
    expect(await runAtOnce(health)).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
    present = connectionTo(port);
    expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    const returned = (): never => "mysql" as never;
    expect((await run(healthOf(mysql2Check(returned)))).message).toMatch(/^mysql2Check takes .+; got a string$/);
  });

  it("takes a connection of mysql2/promise", async () => {
    const given = connectPromise({ host: "127.0.0.1", port: await freePort() });
    await expect(given).rejects.toThrow("ECONNREFUSED");
    const { port } = await silentServer();
    const promised = connectionTo(port).promise();
    expect(await run(healthOf(mysql2Check(promised), { timeoutMs: 20 }))).toMatchObject({ status: "error", reason: "timeout" });
  });
});
