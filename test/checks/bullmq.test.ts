import { EventEmitter } from "node:events";
import { FlowProducer, Queue, QueueEvents, Worker, type JobsOptions } from "bullmq";
import { Redis } from "ioredis";
import RedisMock from "ioredis-mock";
import { bullmqCheck, type BullmqCheckOptions } from "probekit/checks/bullmq";
import { createClient } from "redis6";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { missingRedis, redisServer } from "../support/real/redis.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";
import { settle } from "../support/fake-clock.js";
import { healthOf, run } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

/** A queue of BullMQ's shape, whose client and answers the test decides. */
const fakeQueue = (client: Promise<object>, more: object = {}) => {
  const asked: string[][] = [];
  const answers: ((counts: object) => void)[] = [];
  const methods = {
    client,
    getJobCounts: (...types: string[]) => {
      asked.push(types);
      return new Promise<object>((resolve) => answers.push(resolve));
    },
    isPaused: async () => false,
    getJobs: async (): Promise<object[]> => [],
    getPrioritized: () => {},
    waitUntilReady: async () => {},
  };
  return Object.assign(new EventEmitter(), methods, more, { asked, answers });
};

const ready = (): Promise<object> => Promise.resolve({ status: "ready" });

const ask = (queue: object, signal = new AbortController().signal, timeoutMs = 500) =>
  Promise.resolve(bullmqCheck(queue as never)({ name: "queue", signal, timeoutMs }));

describe("what bullmqCheck is handed", () => {
  const wanted = "bullmqCheck takes a BullMQ Queue (4, 5 or 6) on Redis; got ";
  const emitter = { on: () => {}, removeListener: () => {} };
  const bull = { ...emitter, getJobCounts: () => {}, getJobs: () => {}, isPaused: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a name", "mails", "a string"],
    ["a class", Queue, "a class; hand over what it makes"],
    ["a promise of a queue", Promise.resolve(), "a promise; await it first"],
    ["an object", {}, "an object"],
    ["a Redis client", new RedisMock(), "an object made by _RedisMock"],
    ["a queue of Bull", { ...bull, isReady: () => {} }, "a queue of Bull, or of another library"],
    ["a queue of BullMQ 3", { ...bull, waitUntilReady: () => {}, client: ready() }, "a BullMQ queue of version 3 or older"],
    ["a queue on PostgreSQL", { ...bull, waitUntilReady: () => {}, getPrioritized: () => {}, backend: {} }, "a queue whose backend is not Redis"],
  ];

  it.each(wrong)("is refused: %s", (_name, queue, got) => {
    expect(thrown(() => bullmqCheck(queue as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("is refused: BullMQ's other classes", async () => {
    const connection = new Redis({ port: 1, lazyConnect: true, maxRetriesPerRequest: null, retryStrategy: null as never });
    connection.on("error", () => {});
    const made = [
      new Worker("mails", null, { connection, autorun: false }),
      new QueueEvents("mails", { connection, autorun: false }),
      new FlowProducer({ connection }),
    ];
    for (const other of made) {
      (other as EventEmitter).on("error", () => {});
      expect(thrown(() => bullmqCheck(other as never))).toEqual({ code: "invalid-client", message: `${wanted}an object made by ${other.constructor.name}` });
      await other.close().catch(() => {});
    }
    connection.disconnect();
  });

  const options: [string, unknown, string][] = [
    ["an unknown option", { warnAt: 5 }, 'bullmqCheck has no option "warnAt"; it has waitingWarnAt, waitingErrorAt, oldestWarnAfterMs, oldestErrorAfterMs, failedWarnAt, failedErrorAt'],
    ["a part of a job", { waitingWarnAt: 1.5 }, "waitingWarnAt must be a whole number from 1; got 1.5"],
    ["no job at all", { failedWarnAt: 0 }, "failedWarnAt must be a whole number from 1; got 0"],
    ["no time", { oldestErrorAfterMs: 0 }, "oldestErrorAfterMs must be a number of milliseconds from 1 to 2147483647; got 0"],
    ["an error before its warning", { waitingWarnAt: 10, waitingErrorAt: 9 }, "waitingErrorAt must be at least waitingWarnAt; got 9 and 10"],
    ["an age's error before its warning", { oldestWarnAfterMs: 10, oldestErrorAfterMs: 9 }, "oldestErrorAfterMs must be at least oldestWarnAfterMs; got 9 and 10"],
  ];

  it.each(options)("options are refused: %s", (_name, given, message) => {
    expect(thrown(() => bullmqCheck(fakeQueue(ready()) as never, given as never)).message).toBe(message);
  });
});

describe("where the queue's client stands", () => {
  const lost: [string, object, string][] = [
    ["reconnecting", { status: "reconnecting" }, "not connected: reconnecting"],
    ["connecting again", { status: "connecting" }, "not connected: reconnecting"],
    ["ended", { status: "end" }, "not connected: closed"],
  ];

  it.each(lost)("%s: nothing is asked", async (_name, client, message) => {
    const queue = fakeQueue(Promise.resolve(client));
    const check = bullmqCheck(queue as never);
    await settle();
    await expect(check({ name: "queue", signal: new AbortController().signal })).rejects.toThrow(message);
    expect(queue.asked).toEqual([]);
  });

  it("ready for the first time: the run waits for it, and fails with the queue's first error", async () => {
    const queue = fakeQueue(new Promise(() => {}));
    const check = bullmqCheck(queue as never);
    const asked = Promise.resolve(check({ name: "queue", signal: new AbortController().signal }));
    await settle();
    queue.emit("error", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    await expect(asked).rejects.toThrow("connection refused (ECONNREFUSED)");
    await expect(check({ name: "queue", signal: new AbortController().signal })).rejects.toThrow(
      "not connected: connecting; the last attempt: connection refused (ECONNREFUSED)",
    );
    expect([queue.asked, queue.eventNames()]).toEqual([[], []]);
  });

  it("failed to start: says so", async () => {
    const queue = fakeQueue(Promise.reject(Object.assign(new Error("NOAUTH Authentication required."), { command: {} })));
    const check = bullmqCheck(queue as never);
    await settle();
    await expect(check({ name: "queue", signal: new AbortController().signal })).rejects.toThrow(
      "not connected: the queue's client failed to start: authentication failed (NOAUTH)",
    );
  });

  it("an ioredis Cluster that made no ready check counts as ready", async () => {
    const queue = fakeQueue(Promise.resolve({ status: "connect", isCluster: true }));
    const asked = ask(queue);
    await settle();
    queue.answers[0]!({});
    expect(await asked).toEqual({ status: "ok", data: { waiting: 0, prioritized: 0, active: 0, delayed: 0, failed: 0, paused: false } });
  });

  it("lost while the counts are awaited: the run gives up, and the next one asks nothing more", async () => {
    const client = { status: "ready" };
    const queue = fakeQueue(Promise.resolve(client));
    const check = bullmqCheck(queue as never);
    const asked = Promise.resolve(check({ name: "queue", signal: new AbortController().signal, timeoutMs: 20 }));
    await settle();
    client.status = "reconnecting";
    await expect(asked).rejects.toThrow("connection lost");
    client.status = "ready";
    const next = Promise.resolve(check({ name: "queue", signal: new AbortController().signal }));
    queue.answers[0]!({ waiting: 3 });
    expect(await next).toMatchObject({ status: "ok", data: { waiting: 3 } });
    expect(queue.asked.length).toBe(1);
  });
});

describeReal("bullmqCheck with BullMQ on a real Redis", missingRedis, () => {
  let server: RealServer;
  let queue: Queue;
  const opened: (() => unknown)[] = [];

  beforeAll(async () => {
    server = await redisServer();
    queue = new Queue("mails", { connection: { port: server.port, host: "127.0.0.1" } });
    queue.on("error", () => {});
    await queue.waitUntilReady();
  }, 30_000);

  afterEach(async () => {
    await queue.resume();
    await queue.obliterate({ force: true });
    for (const close of opened.splice(0)) await close();
  });

  afterAll(async () => {
    await queue.close();
    await server.remove();
  });

  const told = (options?: BullmqCheckOptions) => run(healthOf(bullmqCheck(queue, options)));

  const add = (jobs: readonly JobsOptions[]): Promise<unknown> =>
    queue.addBulk(jobs.map((opts, index) => ({ name: "mail", data: { index }, opts })));

  it("is ok, and shows the counts without judging them", async () => {
    await add([{}, {}, { priority: 3 }, { delay: 60_000 }]);
    expect(await told()).toMatchObject({
      status: "ok",
      data: { waiting: 2, prioritized: 1, active: 0, delayed: 1, failed: 0, paused: false },
    });
    expect((await told()).data).not.toHaveProperty("oldestMs");
  });

  it("says that the queue is paused, and counts its jobs all the same", async () => {
    await add([{}, {}]);
    await queue.pause();
    expect(await told({ waitingWarnAt: 2 })).toMatchObject({ status: "warn", data: { waiting: 2, paused: true } });
  });

  const depths: [BullmqCheckOptions, string, string | undefined][] = [
    [{ waitingWarnAt: 4 }, "ok", undefined],
    [{ waitingWarnAt: 3 }, "warn", "3 jobs are waiting"],
    [{ waitingWarnAt: 2, waitingErrorAt: 4 }, "warn", "3 jobs are waiting"],
    [{ waitingWarnAt: 2, waitingErrorAt: 3 }, "error", "3 jobs are waiting"],
    [{ waitingErrorAt: 3 }, "error", "3 jobs are waiting"],
  ];

  it.each(depths)("three jobs, %o: %s", async (options, status, message) => {
    await add([{}, {}, { priority: 1 }]);
    const said = await told(options);
    expect([said.status, said.message]).toEqual([status, message]);
  });

  it("judges the age of the oldest waiting job, its delay not counted", async () => {
    const now = Date.now();
    await add([{ timestamp: now - 90_000 }, { timestamp: now - 5000 }]);
    const old = await told({ oldestWarnAfterMs: 60_000, oldestErrorAfterMs: 100_000 });
    expect(old).toMatchObject({ status: "warn" });
    expect(old.message).toMatch(/^the oldest waiting job has waited for 90\d\d\d ms$/);
    expect((old.data as { oldestMs: number }).oldestMs).toBeGreaterThanOrEqual(90_000);
    expect(await told({ oldestErrorAfterMs: 80_000 })).toMatchObject({ status: "error" });
    expect(await told({ oldestWarnAfterMs: 100_000 })).toMatchObject({ status: "ok" });
  });

  it("judges the age in a paused queue, and of a prioritized job", async () => {
    await add([{ timestamp: Date.now() - 90_000 }]);
    await queue.pause();
    expect(await told({ oldestWarnAfterMs: 60_000 })).toMatchObject({ status: "warn" });
    await queue.resume();
    await queue.obliterate({ force: true });
    await add([{ priority: 2, timestamp: Date.now() - 90_000 }, { timestamp: Date.now() }]);
    expect(await told({ oldestWarnAfterMs: 60_000 })).toMatchObject({ status: "warn" });
  });

  it("does not count the delay of a job that became due as its age", async () => {
    await add([{ timestamp: Date.now() - 90_000, delay: 80_000 }]);
    const [job] = await queue.getDelayed();
    await job!.promote();
    const said = await told({ oldestWarnAfterMs: 60_000 });
    expect(said).toMatchObject({ status: "ok", data: { waiting: 1 } });
    expect((said.data as { oldestMs: number }).oldestMs).toBeLessThan(60_000);
  });

  it("says that a job can't be read, and nothing of what it holds", async () => {
    await add([{}]);
    const id = (await queue.getWaiting())[0]!.id!;
    const redis = new Redis({ port: server.port, host: "127.0.0.1" });
    opened.push(() => redis.disconnect());
    await redis.hset(`bull:mails:${id}`, { data: "secret of its own" });
    expect(await told({ oldestWarnAfterMs: 1 })).toMatchObject({ status: "error", message: "the oldest waiting job can't be read: it is not JSON" });
    expect(await told()).toMatchObject({ status: "ok", data: { waiting: 1 } });
    await redis.hset(`bull:mails:${id}`, { data: "{}", timestamp: "yesterday" });
    expect(await told({ oldestWarnAfterMs: 1 })).toMatchObject({ status: "ok", data: { oldestMs: 0 } });
  });

  it("an empty queue has no oldest job", async () => {
    expect((await told({ oldestWarnAfterMs: 1 })).data).not.toHaveProperty("oldestMs");
  });

  it("counts failed jobs that are kept", async () => {
    const worker = new Worker("mails", () => Promise.reject(new Error("no")), { connection: { port: server.port, host: "127.0.0.1" } });
    opened.push(() => worker.close());
    await add([{}]);
    await until(async () => (await queue.getFailedCount()) === 1);
    expect(await told({ failedWarnAt: 1 })).toMatchObject({ status: "warn", message: "1 job has failed", data: { failed: 1, waiting: 0 } });
  });

  it("waits for a queue that is just opened, and says that a closed one is closed", async () => {
    const fresh = new Queue("mails", { connection: { port: server.port, host: "127.0.0.1" } });
    const health = healthOf(bullmqCheck(fresh));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await fresh.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the queue is closed" });
  });

  it("asks over a client that the application shares, of node-redis too", async () => {
    const shared = new Redis({ port: server.port, host: "127.0.0.1", maxRetriesPerRequest: null });
    const other = createClient({ socket: { port: server.port, host: "127.0.0.1" } });
    for (const connection of [shared, other]) {
      const over = new Queue("mails", { connection: connection as never });
      expect(await run(healthOf(bullmqCheck(over)))).toMatchObject({ status: "ok" });
      await over.close();
    }
    expect([shared.status, other.isReady]).toEqual(["ready", true]);
    shared.disconnect();
    other.destroy();
  });
});
