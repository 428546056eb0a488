import { once } from "node:events";
import { createConnection, createServer, type AddressInfo, type Socket } from "node:net";
import { Cluster, Redis } from "ioredis";
import { Cluster as Cluster5 } from "ioredis5";
import type { Check, CheckReport } from "probekit";
import { redisCheck } from "probekit/checks/redis";
import { createClient, createClientPool, createCluster, createSentinel } from "redis";
import { createCluster as createCluster4 } from "redis4";
import { createCluster as createCluster6, createSentinel as createSentinel6 } from "redis6";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { healthOf, run, runAtOnce } from "./support/ask.js";
import { missingRedis, redisServer } from "../support/real/redis.js";
import { missingRedisCluster, redisCluster, type RedisCluster } from "../support/real/redis-cluster.js";
import { masterName, missingSentinel, sentinelGroup, type SentinelGroup } from "../support/real/redis-sentinel.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";

const events = ["ready", "error", "reconnecting", "close", "end", "connect"];

const listeners = (client: { listenerCount(event: string): number }): number[] => events.map((event) => client.listenerCount(event));

const opened: (() => unknown)[] = [];

expectNoRejections();

// The last hook runs first: what closing rejects is still heard.
afterEach(() => {
  for (const close of opened.splice(0)) close();
});

const ioredis = (port: number, options: object = {}): Redis => {
  const client = new Redis({ port, host: "127.0.0.1", retryStrategy: () => 20, ...options });
  client.on("error", () => {});
  opened.push(() => client.disconnect());
  return client;
};

const nodeRedis = (port: number, options: object = {}) => {
  const client = createClient({ socket: { port, host: "127.0.0.1", reconnectStrategy: () => 20 }, ...options });
  client.on("error", () => {});
  opened.push(() => client.isOpen && client.destroy());
  return client;
};

describeReal("redisCheck with ioredis on a real Redis", missingRedis, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await redisServer();
  }, 30_000);

  afterEach(() => server.restore());

  afterAll(() => server.remove());

  it("is ok, on the first run of a client that is still connecting too", async () => {
    const client = ioredis(server.port);
    const before = listeners(client);
    const health = healthOf(redisCheck(client));
    expect(client.status).toBe("connecting");
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(listeners(client)).toEqual(before);
  });

  it("connects a lazy client, even without an offline queue", async () => {
    const client = ioredis(server.port, { lazyConnect: true, enableOfflineQueue: false });
    expect(client.status).toBe("wait");
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "ok" });
    expect(client.status).toBe("ready");
  });

  it("says that a lazy client's connection is refused", async () => {
    await server.stop();
    const client = ioredis(server.port, { lazyConnect: true });
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "error", reason: "failed", message: "connection refused (ECONNREFUSED)" });
    await server.start();
  });

  it("is an error at once while the client reconnects, and ok again after", async () => {
    const client = ioredis(server.port, { retryStrategy: () => 60_000 });
    const health = healthOf(redisCheck(client));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await server.kill();
    await until(() => client.status === "reconnecting");
    const said = await run(health);
    expect(said).toMatchObject({ status: "error", reason: "failed", message: "not connected: reconnecting" });
    expect(said.latencyMs).toBeLessThan(1000);
    await server.start();
    await client.connect();
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("times out on a hung server, sends no second PING, and is ok by the next run after", async () => {
    const client = ioredis(server.port);
    const before = listeners(client);
    const health = healthOf(redisCheck(client), { timeoutMs: 60 });
    await until(() => client.status === "ready");
    server.freeze();
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    expect((client as unknown as { commandQueue: { length: number } }).commandQueue.length).toBe(1);
    expect(listeners(client)).toEqual(before);
    server.thaw();
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "ok" });
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("times out on a server that hangs while it connects, and leaves no listener", async () => {
    server.freeze();
    const client = ioredis(server.port);
    const health = healthOf(redisCheck(client), { timeoutMs: 60 });
    await once(client, "connect");
    const before = listeners(client);
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    await settle();
    expect(listeners(client)).toEqual(before);
    server.thaw();
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "ok" });
  });

  it("says that a client that was quit is closed, and never closes one itself", async () => {
    const client = ioredis(server.port);
    const health = healthOf(redisCheck(client));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await health.close();
    expect(client.status).toBe("ready");
    const ended = once(client, "end");
    await client.quit();
    await ended;
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "error", message: "not connected: closed" });
  });

  it("is ok in subscriber mode", async () => {
    const client = ioredis(server.port);
    await client.subscribe("news");
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "ok" });
  });

  it("leaves listeners, timers and the queue after 300 runs, a tenth aborted, as they were", async () => {
    const client = ioredis(server.port);
    const check = redisCheck(client);
    await until(() => client.status === "ready");
    const [before, resources] = [listeners(client), process.getActiveResourcesInfo().length];
    let aborted = 0;
    for (let turn = 0; turn < 300; turn++) {
      const controller = new AbortController();
      const asked = Promise.resolve(check({ name: "redis", signal: controller.signal })).catch(() => "aborted");
      if (turn % 10 === 0) controller.abort(new Error("overtaken"));
      aborted += (await asked) === "aborted" ? 1 : 0;
    }
    expect(aborted).toBe(30);
    await client.ping();
    await until(() => process.getActiveResourcesInfo().length <= resources);
    expect(listeners(client)).toEqual(before);
    expect((client as unknown as { commandQueue: { length: number } }).commandQueue.length).toBe(0);
  });
});

describeReal("redisCheck with node-redis on a real Redis", missingRedis, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await redisServer();
  }, 30_000);

  afterEach(() => server.restore());

  afterAll(() => server.remove());

  it("is ok", async () => {
    const client = nodeRedis(server.port);
    await client.connect();
    const before = listeners(client);
    const health = healthOf(redisCheck(client));
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(listeners(client)).toEqual(before);
  });

  it("says that connect() was never called", async () => {
    expect(await run(healthOf(redisCheck(nodeRedis(server.port))))).toMatchObject({
      status: "error",
      reason: "failed",
      message: "not connected: connect() was not called on the client, or it is closed",
    });
  });

  it("waits for a client that is still connecting", async () => {
    const client = nodeRedis(server.port);
    const connecting = client.connect();
    expect(client.isReady).toBe(false);
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "ok" });
    await connecting;
  });

  it("says that the connection is refused, then that the client reconnects, and is ok when it has", async () => {
    await server.stop();
    const client = nodeRedis(server.port);
    const before = listeners(client);
    const connecting = client.connect();
    const health = healthOf(redisCheck(client));
    expect(await runAtOnce(health)).toMatchObject({ status: "error", message: "connection refused (ECONNREFUSED)" });
    const again = await run(health);
    expect(again).toMatchObject({ status: "error", message: "not connected: reconnecting; the last attempt: connection refused (ECONNREFUSED)" });
    expect(again.latencyMs).toBeLessThan(1000);
    expect(listeners(client)).toEqual(before);
    await server.start();
    await connecting;
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("is an error at once while the client reconnects, and ok again after", async () => {
    const client = nodeRedis(server.port);
    await client.connect();
    const health = healthOf(redisCheck(client));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await server.kill();
    await until(() => !client.isReady);
    const said = await run(health);
    expect(said).toMatchObject({ status: "error", message: "not connected: reconnecting" });
    expect(said.latencyMs).toBeLessThan(1000);
    await server.start();
    await until(() => client.isReady);
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("times out on a hung server and is ok by the next run after", async () => {
    const client = nodeRedis(server.port);
    await client.connect();
    const health = healthOf(redisCheck(client), { timeoutMs: 60 });
    server.freeze();
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    server.thaw();
    expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "ok" });
  });

  it("says that a client that was closed is closed, and never closes one itself", async () => {
    const client = nodeRedis(server.port);
    await client.connect();
    const health = healthOf(redisCheck(client));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await client.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: closed" });
  });

  it("is ok in subscriber mode and on a pool", async () => {
    const subscriber = nodeRedis(server.port);
    await subscriber.connect();
    await subscriber.subscribe("news", () => {});
    expect(await run(healthOf(redisCheck(subscriber)))).toMatchObject({ status: "ok" });
    const pool = createClientPool({ socket: { port: server.port, host: "127.0.0.1" } });
    await pool.connect();
    expect(await run(healthOf(redisCheck(pool)))).toMatchObject({ status: "ok" });
    pool.destroy();
  });

  it("fails once for a dead connection of a pool, and is ok over another", async () => {
    const sockets: Socket[] = [];
    const proxy = createServer((socket) => {
      const upstream = createConnection(server.port, "127.0.0.1");
      sockets.push(socket.on("error", () => {}), upstream.on("error", () => {}));
      socket.pipe(upstream).pipe(socket);
    }).listen(0, "127.0.0.1");
    await once(proxy, "listening");
    const pool = createClientPool({ socket: { port: (proxy.address() as AddressInfo).port, host: "127.0.0.1" } }, { minimum: 2 });
    await pool.connect();
    opened.push(() => pool.destroy(), () => proxy.close(), () => sockets.forEach((socket) => socket.destroy()));
    const health = healthOf(redisCheck(pool), { timeoutMs: 60 });
    expect(await run(health)).toMatchObject({ status: "ok" });
    sockets[0]!.unpipe();
    await until(async () => (await run(health)).reason === "timeout");
    expect(await run(health)).toMatchObject({ status: "ok" });
    // A client in use outlives its pool.
    sockets[0]!.pipe(sockets[1]!);
    await until(() => pool.clientsInUse === 0);
  });

  it("does not take its own unanswered PINGs for a load peak, nor open connections for them", async () => {
    const pool = createClientPool({ socket: { port: server.port, host: "127.0.0.1" } }, { minimum: 2 });
    await pool.connect();
    opened.push(() => pool.destroy());
    const health = healthOf(redisCheck(pool), { timeoutMs: 40 });
    server.freeze();
    for (let turn = 0; turn < 6; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    expect([pool.totalClients, pool.tasksQueueLength]).toEqual([2, 0]);
    server.thaw();
    await until(() => pool.clientsInUse === 0);
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("goes on warning of a busy pool that answers each PING after its run", async () => {
    const pool = createClientPool({ socket: { port: server.port, host: "127.0.0.1" } }, { minimum: 1, maximum: 1, acquireTimeout: 60_000 });
    await pool.connect();
    opened.push(() => pool.destroy());
    const health = healthOf(redisCheck(pool), { timeoutMs: 40 });
    const seen = new Set<string>();
    for (const began = performance.now(); performance.now() - began < 800; ) {
      let free = (): void => {};
      const holding = pool.execute(() => new Promise<void>((resolve) => void (free = resolve)));
      seen.add((await run(health)).status);
      free();
      await holding;
      await until(() => pool.tasksQueueLength === 0 && pool.clientsInUse === 0);
    }
    expect(seen).toEqual(new Set(["warn"]));
  });

  it("warns of a pool whose clients are all in use, then says that it is stuck, and is ok when one is free", async () => {
    const pool = createClientPool({ socket: { port: server.port, host: "127.0.0.1" } }, { minimum: 1, maximum: 2, acquireTimeout: 60_000 });
    await pool.connect();
    let free = (): void => {};
    const held = new Promise<void>((resolve) => {
      free = resolve;
    });
    const holding = [pool.execute(() => held), pool.execute(() => held)];
    const health = healthOf(redisCheck(pool), { timeoutMs: 40 });
    expect(await run(health)).toMatchObject({ status: "warn", message: "pool exhausted: 2 of 2 connections are in use" });
    await until(async () => (await run(health)).status === "error");
    expect((await run(health)).message).toMatch(/^pool stuck: /);
    expect(pool.tasksQueueLength).toBe(1);
    free();
    await Promise.all(holding);
    await until(async () => (await run(health)).status === "ok");
    pool.destroy();
  });
});

describeReal("redisCheck on a Redis that asks for a password", missingRedis, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await redisServer(["--requirepass", "s3cret"]);
  }, 30_000);

  afterAll(() => server.remove());

  it("says that authentication failed: ioredis", async () => {
    for (const [options, code] of [[{ password: "wrong" }, "WRONGPASS"], [{}, "NOAUTH"]] as const) {
      const client = ioredis(server.port, { lazyConnect: true, ...options });
      expect(await run(healthOf(redisCheck(client)))).toMatchObject({ status: "error", message: `authentication failed (${code})` });
    }
  });

  it("says that authentication failed: node-redis", async () => {
    const wrong = nodeRedis(server.port, { password: "wrong" });
    wrong.connect().catch(() => {});
    expect(await runAtOnce(healthOf(redisCheck(wrong)))).toMatchObject({ status: "error", message: "authentication failed (WRONGPASS)" });
    const none = nodeRedis(server.port, { disableClientInfo: true });
    await none.connect();
    expect(await run(healthOf(redisCheck(none)))).toMatchObject({ status: "error", message: "authentication failed (NOAUTH)" });
  });

  it("is ok with the password", async () => {
    expect(await run(healthOf(redisCheck(ioredis(server.port, { password: "s3cret" }))))).toMatchObject({ status: "ok" });
  });
});

describeReal("redisCheck on a real Redis Cluster of three masters", missingRedisCluster, () => {
  let cluster: RedisCluster;

  beforeAll(async () => {
    cluster = await redisCluster();
  }, 60_000);

  afterEach(() => cluster.restore(), 30_000);

  afterAll(() => cluster.remove());

  const ioredisClusters = (): Check[] =>
    [Cluster, Cluster5].map((Made) => {
      const client = new Made([{ host: "127.0.0.1", port: cluster.port }]);
      client.on("error", () => {});
      opened.push(() => client.disconnect());
      return redisCheck(client);
    });

  const nodeRedisClusters = async (): Promise<Check[]> => {
    const options = { rootNodes: [{ socket: { host: "127.0.0.1", port: cluster.port } }] };
    const [four, five, six] = [createCluster4(options), createCluster(options), createCluster6(options)];
    for (const client of [four, five, six]) {
      client.on("error", () => {});
      await client.connect();
    }
    opened.push(() => void four.disconnect(), () => five.destroy(), () => six.destroy());
    return [redisCheck(four), redisCheck(five), redisCheck(six)];
  };

  const whole = { status: "ok", data: { slots: { assigned: 16384, ok: 16384, pfail: 0, fail: 0 }, nodes: 3 } };

  it("is ok with all slots covered, on the first run too", async () => {
    for (const check of [...ioredisClusters(), ...(await nodeRedisClusters())]) {
      const health = healthOf(check);
      for (let turn = 0; turn < 4; turn++) expect(await run(health)).toMatchObject(whole);
    }
  }, 20_000);

  it("is an error when the cluster loses a master, and ok by the next run after it is whole again", async () => {
    const healths = [...ioredisClusters(), ...(await nodeRedisClusters())].map((check) => healthOf(check));
    for (const health of healths) expect(await run(health)).toMatchObject(whole);
    await cluster.nodes[2]!.kill();
    const down = async (): Promise<CheckReport[]> => Promise.all(healths.map(run));
    const fail = { status: "error", message: "the cluster is down: cluster_state:fail", data: { slots: { assigned: 16384, ok: 10922, pfail: 0, fail: 5462 }, nodes: 3 } };
    await expect.poll(down, { timeout: 15_000, interval: 50 }).toMatchObject(healths.map(() => fail));
    await cluster.restore();
    for (const health of healths) expect(await run(health)).toMatchObject(whole);
  }, 40_000);

  it("times out on the one master that hangs, once, and hears of it from the others", async () => {
    const [five] = ioredisClusters();
    const health = healthOf(five!, { timeoutMs: 150 });
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject(whole);
    cluster.nodes[1]!.freeze();
    const said: string[] = [];
    await until(async () => {
      const { reason, message } = await run(health);
      said.push(message ?? reason ?? "ok");
      return said.at(-1) === "the cluster is down: cluster_state:fail";
    });
    expect(said.filter((word) => word === "timeout").length).toBeLessThanOrEqual(1);
  }, 20_000);
});

describeReal("redisCheck on a real Redis Sentinel", missingSentinel, () => {
  let group: SentinelGroup;

  beforeAll(async () => {
    group = await sentinelGroup({ downAfterMs: 300 });
  }, 60_000);

  afterAll(() => group.remove());

  it("is an error when the master dies, and ok when the client is connected to the one after it", async () => {
    const sentinels = [{ host: "127.0.0.1", port: group.sentinel.port }];
    const client = new Redis({ name: masterName, sentinels, retryStrategy: () => 20, sentinelRetryStrategy: () => 20 });
    client.on("error", () => {});
    const options = { name: masterName, sentinelRootNodes: sentinels };
    const [five, six] = [createSentinel(options), createSentinel6(options)];
    for (const sentinel of [five, six]) {
      sentinel.on("error", () => {});
      await sentinel.connect();
    }
    opened.push(() => client.disconnect(), () => void five.destroy(), () => void six.destroy());
    const healths = [redisCheck(client), redisCheck(five), redisCheck(six)].map((check) => healthOf(check, { timeoutMs: 1000 }));
    for (const health of healths) expect(await run(health)).toMatchObject({ status: "ok" });
    await group.master.kill();
    for (const health of healths) {
      expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message: expect.stringMatching(/^not connected|^connection lost|^connection refused/) as string });
    }
    const port = group.replica.port;
    await until(async () => (await group.masterPort()) === port);
    for (const health of healths) await until(async () => (await run(health)).status === "ok");
    expect((client as unknown as { stream: Socket }).stream.remotePort).toBe(port);
    expect([five.getMasterNode(), six.getMasterNode()]).toMatchObject([{ port }, { port }]);
  }, 40_000);
});
