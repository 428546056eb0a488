import { once } from "node:events";
import { Queue } from "bullmq";
import { Cluster, Redis } from "ioredis";
import { createClient, createClientPool } from "redis6";
import { fakeMongo } from "../../test/checks/support/mongodb.js";
import { redisCluster } from "../../test/support/real/redis-cluster.js";
import { redisServer } from "../../test/support/real/redis.js";
import { built, type Room } from "./subject.mjs";

export const redis: Room = async function* (closing) {
  const server = await redisServer();
  closing(() => server.remove());
  const { port } = server;

  const ioredis = new Redis(port, "127.0.0.1");
  closing(() => ioredis.disconnect());
  yield { name: "redisCheck, ioredis / ping", driver: () => ioredis.ping(), check: (await built("redis"))(ioredis) };

  const client = createClient({ socket: { host: "127.0.0.1", port } });
  await client.connect();
  closing(() => client.destroy());
  yield { name: "redisCheck, node-redis / ping", driver: () => client.ping(), check: (await built("redis"))(client) };

  const pool = createClientPool({ socket: { host: "127.0.0.1", port } });
  await pool.connect();
  closing(() => pool.destroy());
  yield { name: "redisCheck, node-redis pool / ping", driver: () => pool.ping(), check: (await built("redis"))(pool) };

  const queue = new Queue("mails", { connection: { host: "127.0.0.1", port } });
  closing(() => queue.close());
  const counts = () => Promise.all([queue.getJobCounts("waiting", "prioritized", "active", "delayed", "failed"), queue.isPaused()]);
  yield { name: "bullmqCheck / queue.getJobCounts, queue.isPaused", driver: counts, check: (await built("bullmq"))(queue) };
};

export const cluster: Room = async function* (closing) {
  const server = await redisCluster();
  closing(() => server.remove());
  const ioredis = new Cluster([{ host: "127.0.0.1", port: server.port }]);
  closing(() => ioredis.disconnect());
  await once(ioredis, "ready");
  const [master] = ioredis.nodes("master");
  yield { name: "redisCheck, ioredis Cluster / cluster info", driver: () => master!.cluster("INFO"), check: (await built("redis"))(ioredis) };
};

// There is no MongoDB here: what the check adds is what it costs on a client that answers at once. The fake makes its topology anew whenever it is read.
export const mongodb: Room = async function* () {
  const { client: fake } = fakeMongo();
  const { topology } = fake as unknown as { readonly topology: object };
  const client = Object.create(fake, { topology: { value: topology } }) as { db(): { command(ping: object, options: object): unknown } };
  const { signal } = new AbortController();
  const driver = (): unknown => client.db().command({ ping: 1 }, { signal });
  yield { name: "mongodbCheck / command ping, which answers at once", driver, check: (await built("mongodb"))(client) };
};
