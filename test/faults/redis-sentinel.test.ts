import { Redis } from "ioredis";
import { Redis as Redis5 } from "ioredis5";
import type { Check } from "probekit";
import { redisCheck } from "probekit/checks/redis";
import { createSentinel } from "redis";
import { createSentinel as createSentinel6 } from "redis6";
import { afterAll, beforeAll, it } from "vitest";
import { masterName, missingSentinel, sentinelGroup, type SentinelGroup } from "../support/real/redis-sentinel.js";
import { describeReal, until } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection, type Row, type Subject } from "./support/matrix.js";

const password = "s3cret";
const given = ({ wrongPassword }: Connection): string => (wrongPassword ? "wrong" : password);

let group: SentinelGroup;

// The sentinel is slow to judge, so that each fault is the master's own and nothing fails over.
const ownGroup: Pick<Row, "against" | "missing" | "server"> = {
  against: "Redis 7 with a sentinel, the master behind the proxy",
  missing: missingSentinel,
  server: async () => (group = await sentinelGroup({ password })),
};

const sentinels = (): { host: string; port: number }[] => [{ host: "127.0.0.1", port: group.sentinel.port }];

const ioredisRow = (version: string, create: (connection: Connection) => Redis | Redis5): void =>
  faultRow({
    ...ownGroup,
    name: `redisCheck, ioredis ${version} by Sentinel`,
    without: { exhausted: "a client has one connection, no pool" },
    connect: (connection): Subject => {
      const client = create(connection);
      client.on("error", () => {});
      return { check: redisCheck(client), close: () => client.disconnect(), reconnect: () => until(() => client.status === "ready") };
    },
  });

const ioredisOptions = (connection: Connection) => ({
  name: masterName,
  sentinels: sentinels(),
  natMap: { [`127.0.0.1:${group.master.port}`]: { host: "127.0.0.1", port: connection.port } },
  password: given(connection),
  retryStrategy: () => 20,
});

ioredisRow("6", (connection) => new Redis(ioredisOptions(connection)));
ioredisRow("5", (connection) => new Redis5(ioredisOptions(connection)));

/** What the rows need of a node-redis Sentinel, of any version. */
interface NodeRedisSentinel {
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): Promise<unknown>;
  ping(): Promise<unknown>;
}

const nodeRedisRow = (version: string, create: (connection: Connection) => { readonly client: NodeRedisSentinel; readonly check: Check }): void =>
  faultRow({
    ...ownGroup,
    name: `redisCheck, node-redis ${version} Sentinel`,
    without: {
      exhausted: "its pool of connections to the master can't be seen",
      password: "connect() does not settle: the application has no client",
    },
    connect: async (connection): Promise<Subject> => {
      const { client, check } = create(connection);
      client.on("error", () => {});
      await client.connect();
      return { check, close: () => client.destroy(), reconnect: () => client.ping() };
    },
  });

const nodeRedisOptions = (connection: Connection) => ({
  name: masterName,
  sentinelRootNodes: sentinels(),
  nodeAddressMap: { [`127.0.0.1:${group.master.port}`]: { host: "127.0.0.1", port: connection.port } },
  nodeClientOptions: { password: given(connection), socket: { reconnectStrategy: () => 20 } },
});

nodeRedisRow("5", (connection) => {
  const client = createSentinel(nodeRedisOptions(connection));
  return { client, check: redisCheck(client) };
});
nodeRedisRow("6", (connection) => {
  const client = createSentinel6(nodeRedisOptions(connection));
  return { client, check: redisCheck(client) };
});

describeReal("redisCheck by a Sentinel leaves nothing behind", missingSentinel, () => {
  beforeAll(async () => {
    group = await sentinelGroup();
  }, 60_000);

  afterAll(() => group.remove());

  it("with node-redis", async () => {
    const client = createSentinel6({ name: masterName, sentinelRootNodes: sentinels() });
    await client.connect();
    await assertNoLeak(redisCheck(client), { emitters: [client] });
    await client.destroy();
  }, 30_000);
});
