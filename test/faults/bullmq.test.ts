import { Queue } from "bullmq";
import { bullmqCheck } from "probekit/checks/bullmq";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingRedis, redisServer } from "../support/real/redis.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";

const password = "s3cret";

faultRow({
  name: "bullmqCheck",
  against: "Redis 7, BullMQ 6 with ioredis 6",
  missing: missingRedis,
  server: () => redisServer(["--requirepass", password]),
  without: { exhausted: "a queue has one connection, no pool", password: "BullMQ hands its client out only once it has logged in" },
  connect: async ({ port, wrongPassword }) => {
    const connection = { port, host: "127.0.0.1", password: wrongPassword ? "wrong" : password, retryStrategy: () => 20 };
    const queue = new Queue("mails", { connection });
    queue.on("error", () => {});
    const check = bullmqCheck(queue, { oldestWarnAfterMs: 60_000 });
    if (!wrongPassword) await queue.waitUntilReady();
    const client = (queue as unknown as { backend: { client: Promise<{ status: string }> } }).backend.client;
    return { check, close: () => queue.disconnect(), reconnect: async () => until(async () => (await client).status === "ready") };
  },
});

describeReal("bullmqCheck leaves nothing behind", missingRedis, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await redisServer();
  }, 30_000);

  afterAll(() => server.remove());

  it("with BullMQ", async () => {
    const queue = new Queue("mails", { connection: { port: server.port, host: "127.0.0.1" } });
    await queue.add("mail", {});
    const client = (await (queue as unknown as { backend: { client: Promise<{ commandQueue: { length: number } }> } }).backend.client);
    const gauge = () => ({ sent: client.commandQueue.length });
    await assertNoLeak(bullmqCheck(queue, { oldestWarnAfterMs: 60_000 }), { emitters: [queue, client as never], gauge });
    expect(gauge()).toEqual({ sent: 0 });
    await queue.close();
  }, 60_000);
});
