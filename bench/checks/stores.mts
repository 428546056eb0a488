import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { createClient, createClientPool } from "redis6";
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
