import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import { redisCheck } from "probekit/checks/redis";
import { createClient, createClientPool } from "redis";
import { createClient as createClient4 } from "redis4";
import { createClient as createClient6, createClientPool as createClientPool6 } from "redis6";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingRedis, redisServer } from "../support/real/redis.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection, type Row } from "./support/matrix.js";

const password = "s3cret";
const given = ({ wrongPassword }: Connection): string => (wrongPassword ? "wrong" : password);
const secured = (): Promise<RealServer> => redisServer(["--requirepass", password]);

const redis7: Pick<Row, "missing" | "server"> = { missing: missingRedis, server: secured };
const onePerClient = "a client has one connection, no pool";

interface IoredisOptions {
  readonly host: string;
  readonly port: number;
  readonly password: string;
  readonly retryStrategy: () => number;
}

const ioredisRow = (version: string, create: (options: IoredisOptions) => Redis | Redis5): void =>
  faultRow({
    ...redis7,
    name: `redisCheck, ioredis ${version}`,
    against: "Redis 7",
    without: { exhausted: onePerClient },
    connect: (connection) => {
      const client = create({ port: connection.port, host: "127.0.0.1", password: given(connection), retryStrategy: () => 20 });
      client.on("error", () => {});
      return { check: redisCheck(client), close: () => client.disconnect(), reconnect: () => until(() => client.status === "ready") };
    },
  });

ioredisRow("6", (options) => new Redis(options));
ioredisRow("5", (options) => new Redis5(options));

interface NodeRedisOptions {
  readonly password: string;
  readonly socket: { readonly host: string; readonly port: number; readonly reconnectStrategy: () => number };
}

const optionsOf = (connection: Connection): NodeRedisOptions => ({
  password: given(connection),
  socket: { host: "127.0.0.1", port: connection.port, reconnectStrategy: () => 20 },
});

type NodeRedis = ReturnType<typeof createClient> | ReturnType<typeof createClient4> | ReturnType<typeof createClient6>;

const nodeRedisRow = (version: string, create: (options: NodeRedisOptions) => NodeRedis): void =>
  faultRow({
    ...redis7,
    name: `redisCheck, node-redis ${version}`,
    against: "Redis 7",
    without: { exhausted: onePerClient },
    connect: (connection) => {
      const client = create(optionsOf(connection));
      client.on("error", () => {});
      client.connect().catch(() => {});
      return { check: redisCheck(client), close: () => client.disconnect(), reconnect: () => until(() => client.isReady) };
    },
  });

nodeRedisRow("4", (options) => createClient4(options) as never);
nodeRedisRow("5", (options) => createClient(options) as never);
nodeRedisRow("6", (options) => createClient6(options) as never);

type Pool = ReturnType<typeof createClientPool> | ReturnType<typeof createClientPool6>;

const poolRow = (version: string, create: (options: NodeRedisOptions, pool: object) => Pool): void =>
  faultRow({
    ...redis7,
    name: `redisCheck, node-redis ${version} pool`,
    against: "Redis 7",
    without: { password: "connect() rejects: the application has no pool" },
    connect: async (connection) => {
      const pool = create(optionsOf(connection), { minimum: 1, maximum: 2, acquireTimeout: 60_000 });
      pool.on("error", () => {});
      await pool.connect();
      const exhaust = async (): Promise<() => Promise<unknown>> => {
        let free = (): void => {};
        const held = new Promise<void>((resolve) => void (free = resolve));
        const holding = [pool.execute(() => held), pool.execute(() => held)];
        return () => {
          free();
          return Promise.all(holding);
        };
      };
      const reconnect = (): Promise<void> => until(() => pool.execute(async (client) => client.isReady));
      return { check: redisCheck(pool), close: () => pool.destroy(), exhaust, reconnect };
    },
  });

poolRow("5", (options, pool) => createClientPool(options, pool) as never);
poolRow("6", (options, pool) => createClientPool6(options, pool) as never);

describeReal("redisCheck leaves nothing behind", missingRedis, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await redisServer();
  }, 30_000);

  afterAll(() => server.remove());

  it("with ioredis", async () => {
    const client = new Redis({ port: server.port, host: "127.0.0.1" });
    const queue = client as unknown as { commandQueue: { length: number }; offlineQueue: { length: number } };
    const gauge = () => ({ sent: queue.commandQueue.length, offline: queue.offlineQueue.length });
    await assertNoLeak(redisCheck(client), { emitters: [client as never], gauge });
    expect(gauge()).toEqual({ sent: 0, offline: 0 });
    client.disconnect();
  }, 30_000);

  it("with node-redis", async () => {
    const client = createClient6({ socket: { port: server.port, host: "127.0.0.1" } });
    await client.connect();
    await assertNoLeak(redisCheck(client), { emitters: [client] });
    client.destroy();
  }, 30_000);

  it("with a pool of node-redis", async () => {
    const pool = createClientPool({ socket: { port: server.port, host: "127.0.0.1" } }, { minimum: 1, maximum: 4 });
    await pool.connect();
    const gauge = () => ({ used: pool.clientsInUse, waiting: pool.tasksQueueLength });
    await assertNoLeak(redisCheck(pool), { emitters: [pool], gauge });
    pool.destroy();
  }, 30_000);
});
