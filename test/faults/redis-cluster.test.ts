import { Cluster } from "ioredis";
import { Cluster as Cluster5 } from "ioredis5";
import type { Check } from "probekit";
import { redisCheck } from "probekit/checks/redis";
import { createCluster } from "redis";
import { createCluster as createCluster4 } from "redis4";
import { createCluster as createCluster6 } from "redis6";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingRedisCluster, redisCluster, type RedisCluster } from "../support/real/redis-cluster.js";
import { describeReal, until } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection, type Row, type Subject } from "./support/matrix.js";

const password = "s3cret";
const given = ({ wrongPassword }: Connection): string => (wrongPassword ? "wrong" : password);

const oneNode: Pick<Row, "against" | "missing" | "server"> = {
  against: "Redis Cluster 7, one master behind the proxy",
  missing: missingRedisCluster,
  server: () => redisCluster({ size: 1, password }),
};

// Every node that the cluster announces is reached through the proxy.
const ioredisOptions = (connection: Connection) => ({
  natMap: () => ({ host: "127.0.0.1", port: connection.port }),
  redisOptions: { password: given(connection) },
  clusterRetryStrategy: () => 20,
});

const ioredisRow = (version: string, create: (connection: Connection) => Cluster | Cluster5): void =>
  faultRow({
    ...oneNode,
    name: `redisCheck, ioredis ${version} Cluster`,
    without: { exhausted: "one connection to each node, no pool" },
    connect: async (connection): Promise<Subject> => {
      const client = create(connection);
      client.on("error", () => {});
      return { check: redisCheck(client), close: () => client.disconnect(), reconnect: () => until(() => client.status === "ready") };
    },
  });

ioredisRow("6", (connection) => new Cluster([{ host: "127.0.0.1", port: connection.port }], ioredisOptions(connection)));
ioredisRow("5", (connection) => new Cluster5([{ host: "127.0.0.1", port: connection.port }], ioredisOptions(connection)));

const nodeRedisOptions = (connection: Connection) => ({
  rootNodes: [{ socket: { host: "127.0.0.1", port: connection.port } }],
  nodeAddressMap: () => ({ host: "127.0.0.1", port: connection.port }),
  defaults: { password: given(connection), socket: { reconnectStrategy: () => 20 } },
});

/** What the rows need of a node-redis Cluster, of any version. */
interface NodeRedisCluster {
  readonly masters: readonly { readonly client?: unknown }[];
  on(event: string, listener: () => void): unknown;
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
}

const isReady = (client: unknown): boolean => (client as { isReady?: boolean } | undefined)?.isReady === true;

const nodeRedisRow = (version: string, create: (connection: Connection) => { readonly client: NodeRedisCluster; readonly check: Check }): void =>
  faultRow({
    ...oneNode,
    name: `redisCheck, node-redis ${version} Cluster`,
    without: {
      exhausted: "one connection to each node, no pool",
      password: "connect() rejects: the application has no client",
    },
    connect: async (connection): Promise<Subject> => {
      const { client, check } = create(connection);
      client.on("error", () => {});
      await client.connect();
      const reconnect = (): Promise<void> => until(() => client.masters.every((node) => isReady(node.client)));
      return { check, close: () => client.disconnect(), reconnect };
    },
  });

nodeRedisRow("4", (connection) => {
  const client = createCluster4(nodeRedisOptions(connection));
  return { client, check: redisCheck(client) };
});
nodeRedisRow("5", (connection) => {
  const client = createCluster(nodeRedisOptions(connection));
  return { client, check: redisCheck(client) };
});
nodeRedisRow("6", (connection) => {
  const client = createCluster6(nodeRedisOptions(connection));
  return { client, check: redisCheck(client) };
});

describeReal("redisCheck on a Cluster leaves nothing behind", missingRedisCluster, () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await redisCluster();
  }, 60_000);

  afterAll(() => cluster.remove());

  it("with ioredis", async () => {
    const client = new Cluster([{ host: "127.0.0.1", port: cluster.port }]);
    await until(() => client.status === "ready");
    for (const node of client.nodes()) await node.ping();
    const queued = () => client.nodes().map((node) => (node as unknown as { commandQueue: { length: number } }).commandQueue.length);
    await assertNoLeak(redisCheck(client), { emitters: [client as never, ...client.nodes().map((node) => node as never)], gauge: queued });
    expect(queued()).toEqual([0, 0, 0]);
    client.disconnect();
  }, 30_000);

  it("with node-redis", async () => {
    const client = createCluster6({ rootNodes: [{ socket: { host: "127.0.0.1", port: cluster.port } }] });
    await client.connect();
    const nodes = client.masters.map((node) => node.client as never);
    await assertNoLeak(redisCheck(client), { emitters: [client, ...nodes] });
    client.destroy();
  }, 30_000);
});
