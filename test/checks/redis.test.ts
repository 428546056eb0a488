import { EventEmitter } from "node:events";
import { Cluster, Redis } from "ioredis";
import { Cluster as Cluster5, Redis as Redis5 } from "ioredis5";
import RedisMock from "ioredis-mock";
import { isHealthError, type CheckOutcome } from "probekit";
import { redisCheck } from "probekit/checks/redis";
import * as redis5 from "redis";
import * as redis4 from "redis4";
import * as redis6 from "redis6";
import { describe, expect, it, vi } from "vitest";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { testHealth } from "../support/scripted.js";
import { healthOf, run } from "./support/ask.js";

const rejections = expectNoRejections();

const thrown = (make: () => unknown): { code: string; message: string } => {
  try {
    make();
  } catch (error) {
    if (isHealthError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  throw new Error("nothing was thrown");
};

/** A client of either library's shape, whose state and replies the test decides. */
const fakeClient = (state: object) => {
  const pings: { resolve: (reply: unknown) => void; reject: (error: Error) => void }[] = [];
  let connects = 0;
  const methods = {
    ping: () => new Promise((resolve, reject) => pings.push({ resolve, reject })),
    connect: () => {
      connects += 1;
      return Promise.resolve();
    },
    duplicate: () => {},
  };
  const client = Object.assign(new EventEmitter(), methods, state);
  return { client, pings, connects: () => connects };
};

const ioredisLike = (status: string, more: object = {}) => fakeClient({ status, defineCommand: () => {}, ...more });
const nodeRedisLike = (isOpen: boolean, isReady: boolean) => fakeClient({ isOpen, isReady });

const ask = (client: { ping: () => unknown }, signal = new AbortController().signal): Promise<CheckOutcome> =>
  Promise.resolve(redisCheck(client)({ name: "redis", signal }));

describe("what redisCheck is handed", () => {
  const wanted = "redisCheck takes an ioredis (5 or 6) or node-redis (4, 5 or 6) client; got ";
  const emitter = { ping: () => {}, on: () => {}, removeListener: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a URL", "redis://:secret@h", "a string"],
    ["a class", Redis, "a class; hand over what it makes"],
    ["a promise of a client", Promise.resolve(), "a promise; await it first"],
    ["an object", {}, "an object"],
    ["another library's client that has a ping", new (class Connection extends EventEmitter { ping() {} })(), "an object made by Connection"],
    ["node-redis 3", { ...emitter, internal_send_command: () => {}, connected: true }, "a node-redis client of version 3 or older"],
    ["ioredis 4", { ...emitter, defineCommand: () => {}, duplicate: () => {}, options: { dropBufferSupport: false } }, "an ioredis client of version 4 or older"],
    ["an ioredis 4 Cluster", { ...emitter, isCluster: true, nodes: () => [], options: { maxScriptsCachingTime: 60_000 } }, "an ioredis client of version 4 or older"],
    ["node-redis in legacy mode", { ...emitter, isOpen: true, options: { legacyMode: true } }, "a node-redis client in legacy mode"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => redisCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("options are refused: there are none", () => {
    const { client } = ioredisLike("ready");
    expect(thrown(() => redisCheck(client, { timeoutMs: 5 } as never))).toEqual({ code: "unknown-option", message: 'redisCheck has no option "timeoutMs"; it has none' });
    expect(thrown(() => redisCheck(client, 5 as never))).toEqual({ code: "invalid-option", message: "the options of redisCheck must be an object; got 5" });
    expect(redisCheck(client, {})).toBeTypeOf("function");
  });

  it("may be an ioredis-mock, which has no status", async () => {
    expect(await run(healthOf(redisCheck(new RedisMock())))).toMatchObject({ status: "ok" });
  });

  it("may be any client that the libraries make", () => {
    const sentinel = { name: "orders", sentinelRootNodes: [{ host: "127.0.0.1", port: 1 }] };
    expect(redisCheck(new Redis5({ lazyConnect: true }))).toBeTypeOf("function");
    expect(redisCheck(new Cluster5([{ port: 1 }], { lazyConnect: true }))).toBeTypeOf("function");
    expect(redisCheck(redis4.createClient())).toBeTypeOf("function");
    expect(redisCheck(redis4.createCluster({ rootNodes: [] }))).toBeTypeOf("function");
    expect(redisCheck(redis5.createClient())).toBeTypeOf("function");
    expect(redisCheck(redis5.createClientPool())).toBeTypeOf("function");
    expect(redisCheck(redis5.createCluster({ rootNodes: [] }))).toBeTypeOf("function");
    expect(redisCheck(redis5.createSentinel(sentinel))).toBeTypeOf("function");
    expect(redisCheck(redis6.createClient())).toBeTypeOf("function");
    expect(redisCheck(redis6.createClientPool())).toBeTypeOf("function");
    expect(redisCheck(redis6.createCluster({ rootNodes: [] }))).toBeTypeOf("function");
    expect(redisCheck(redis6.createSentinel(sentinel))).toBeTypeOf("function");
  });

  it("may be an ioredis Cluster; one that finds no node is an error", async () => {
    for (const Made of [Cluster, Cluster5]) {
      const cluster = new Made([{ host: "127.0.0.1", port: 1 }], { lazyConnect: true, clusterRetryStrategy: () => null });
      const health = healthOf(redisCheck(cluster));
      expect(await run(health)).toMatchObject({ message: "not connected: none of the cluster's nodes can be reached" });
      expect(await run(health)).toMatchObject({ message: expect.stringMatching(/^not connected: closed/) as string });
      cluster.disconnect();
    }
  });
});

describe("what the server answers", () => {
  const replies: [string, unknown, string | RegExp | undefined][] = [
    ["PONG", "PONG", undefined],
    ["a Buffer", Buffer.from("PONG"), undefined],
    ["an array in subscriber mode", ["pong", ""], undefined],
    ["pong in subscriber mode", "pong", undefined],
    ["QUEUED in the application's own MULTI", "QUEUED", undefined],
    ["OK", "OK", "PING was not answered with PONG but with OK"],
    ["nothing", null, "PING was not answered with PONG but with no text"],
    ["undefined", undefined, "PING was not answered with PONG but with no text"],
    ["a number", 1, "PING was not answered with PONG but with no text"],
    ["a long text", "x".repeat(99), `PING was not answered with PONG but with ${"x".repeat(40)}`],
    ["a URL whose password is longer than what is shown", `redis://user:${"secret".repeat(9)}@host:1`, /PING was not answered with PONG but with redis$/],
    ["a text that begins with no word", "@secret", /PING was not answered with PONG but with no word$/],
  ];

  it.each(replies)("%s", async (_name, reply, message) => {
    const { client, pings } = ioredisLike("ready");
    const asked = ask(client);
    await settle();
    pings[0]?.resolve(reply);
    if (message === undefined) expect(await asked).toBeUndefined();
    else await expect(asked).rejects.toThrow(message);
  });

  const errors: [string, string][] = [
    ["LOADING Redis is loading the dataset in memory", "the server is loading its data (LOADING)"],
    ["NOAUTH Authentication required.", "authentication failed (NOAUTH)"],
    ["WRONGPASS invalid username-password pair or user is disabled.", "authentication failed (WRONGPASS)"],
    ["NOPERM this user has no permissions to run the 'ping' command", "not permitted (NOPERM)"],
    ["READONLY You can't write against a read only replica.", "the server is a read-only replica (READONLY)"],
    ["CLUSTERDOWN The cluster is down", "the cluster is down (CLUSTERDOWN)"],
    ["ERR max number of clients reached", "the server takes no more connections"],
    ["ERR AUTH <password> called without any password configured for the default user.", "authentication failed: the server has no password, and the client sends one"],
    ["DENIED Redis is running in protected mode because no password is set. In this mode connections are only accepted from the loopback interface.", "not permitted: the server takes connections from its own host alone (DENIED)"],
    ['Unknown RESP type 72 "H". Please report this.', "the server doesn't speak Redis's protocol"],
    ['Protocol error, got "H" as reply type byte. Please report this.', "the server doesn't speak Redis's protocol"],
    ["Disconnects client", "connection lost"],
    ["ERR something else", "ERR something else"],
  ];

  it.each(errors)("%s", async (said, message) => {
    const { client, pings } = nodeRedisLike(true, true);
    const { health, log } = testHealth();
    health.register("redis", redisCheck(client));
    const report = health.report("ready");
    await settle();
    pings[0]?.reject(new Error(said));
    expect((await report).checks["redis"]).toMatchObject({ status: "error", reason: "failed", message });
    const error = log.find((entry) => entry.check === "redis")?.error;
    expect(error?.cause?.message ?? error?.message).toBe(said);
  });

  it("a ping that throws at once is an error", async () => {
    const { client } = ioredisLike("ready", { ping: () => { throw new Error("Connection is closed."); } });
    await expect(ask(client)).rejects.toThrow("not connected");
  });
});

describe("where the client stands", () => {
  const lost: [string, string][] = [
    ["reconnecting", "not connected: reconnecting"],
    ["close", "not connected: closed"],
    ["end", "not connected: closed"],
    ["disconnecting", "not connected: closed"],
  ];

  it.each(lost)("ioredis %s: no PING is queued", async (status, message) => {
    const { client, pings } = ioredisLike(status);
    await expect(ask(client)).rejects.toThrow(message);
    expect(pings).toEqual([]);
  });

  it("a lazy ioredis client is connected, then pinged", async () => {
    const { client, pings, connects } = ioredisLike("wait");
    const asked = ask(client);
    await settle();
    expect([connects(), pings.length]).toEqual([1, 0]);
    client.emit("ready");
    await settle();
    pings[0]?.resolve("PONG");
    expect(await asked).toBeUndefined();
    expect(client.eventNames()).toEqual([]);
  });

  it("a lazy client that can't be connected is an error, and leaves no listener", async () => {
    const { client } = ioredisLike("wait", { connect: () => { throw new Error("read ECONNREFUSED"); } });
    await expect(ask(client)).rejects.toThrow("read ECONNREFUSED");
    expect(client.eventNames()).toEqual([]);
  });

  it.each(["connecting", "connect"])("ioredis %s: waits, and fails with the first error", async (status) => {
    const { client, pings, connects } = ioredisLike(status);
    const asked = ask(client);
    client.emit("error", Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    await expect(asked).rejects.toThrow("connection refused (ECONNREFUSED)");
    expect([connects(), pings.length, client.eventNames()]).toEqual([0, 0, []]);
  });

  it.each([["close", "not connected: closed"], ["end", "not connected: closed"], ["reconnecting", "not connected: reconnecting"]])(
    "a client that emits %s while it is waited for is an error at once",
    async (event, message) => {
      const { client } = ioredisLike("connecting");
      const asked = ask(client);
      client.emit(event);
      await expect(asked).rejects.toThrow(message);
      expect(client.eventNames()).toEqual([]);
    },
  );

  it("however many checks wait for a client, it has one listener for each event", async () => {
    const { client, pings, connects } = ioredisLike("wait");
    const controller = new AbortController();
    const overtaken = ask(client, controller.signal);
    const asked = Array.from({ length: 20 }, () => ask(client));
    expect([...new Set(client.eventNames().map((event) => client.listenerCount(event)))]).toEqual([1]);
    controller.abort(new Error("overtaken"));
    await expect(overtaken).rejects.toThrow("overtaken");
    expect([connects(), client.listenerCount("ready")]).toEqual([1, 1]);
    client.emit("ready");
    await settle();
    expect([pings.length, client.eventNames()]).toEqual([20, []]);
    for (const { resolve } of pings) resolve("PONG");
    expect(new Set(await Promise.all(asked))).toEqual(new Set([undefined]));
  });

  it("a run that is aborted while it waits leaves no listener", async () => {
    const { client } = ioredisLike("connecting");
    const controller = new AbortController();
    const asked = ask(client, controller.signal);
    const reason = new Error("overtaken");
    controller.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(client.eventNames()).toEqual([]);
  });

  it("node-redis that was never opened says so; one that was open before is closed", async () => {
    const { client, pings } = nodeRedisLike(false, false);
    const health = healthOf(redisCheck(client));
    expect(await run(health)).toMatchObject({ message: "not connected: connect() was not called on the client, or it is closed" });
    Object.assign(client, { isOpen: true, isReady: true });
    const report = run(health);
    await settle();
    await settle();
    pings[0]?.resolve("PONG");
    expect(await report).toMatchObject({ status: "ok" });
    Object.assign(client, { isOpen: false, isReady: false });
    expect(await run(health)).toMatchObject({ message: "not connected: closed" });
  });

  it("node-redis that isn't ready is waited for once, then it is reconnecting", async () => {
    const { client, pings } = nodeRedisLike(true, false);
    const { clock, health } = testHealth({ errorCacheMs: 0 });
    health.register("redis", redisCheck(client));
    const first = health.report("ready");
    await clock.advance(500);
    expect((await first).checks["redis"]).toMatchObject({ status: "error", reason: "timeout" });
    await settle();
    const second = await health.report("ready");
    expect(second.checks["redis"]).toMatchObject({ status: "error", reason: "failed", message: "not connected: reconnecting" });
    expect([pings.length, client.eventNames()]).toEqual([0, []]);
  });
});

describe("a PING that is not answered", () => {
  it("times the run out; the next run waits for the same one and is ok when it is answered", async () => {
    const { client, pings } = ioredisLike("ready");
    const { clock, health } = testHealth({ cacheMs: 0, errorCacheMs: 0 });
    health.register("redis", redisCheck(client));
    for (let turn = 0; turn < 3; turn++) {
      const report = health.report("ready");
      await clock.advance(500);
      expect((await report).checks["redis"]).toMatchObject({ status: "error", reason: "timeout" });
      await settle();
    }
    expect(pings.length).toBe(1);
    const report = health.report("ready");
    await settle();
    pings[0]?.resolve("PONG");
    expect((await report).checks["redis"]).toMatchObject({ status: "ok" });
    const next = health.report("ready");
    await settle();
    expect(pings.length).toBe(2);
    pings[1]?.resolve("PONG");
    expect((await next).checks["redis"]).toMatchObject({ status: "ok" });
    expect(clock.armed).toBe(0);
  });

  it("is no unhandled rejection when it fails after the run", async () => {
    const { client, pings } = nodeRedisLike(true, true);
    const controller = new AbortController();
    const asked = ask(client, controller.signal);
    await settle();
    controller.abort(new Error("overtaken"));
    await expect(asked).rejects.toThrow("overtaken");
    pings[0]?.reject(new Error("Socket closed unexpectedly"));
    await settle();
    expect(rejections).toEqual([]);
  });

  it("is given up when the connection is lost, though the client keeps it to send it again", async () => {
    const { client, pings } = ioredisLike("ready");
    const check = redisCheck(client);
    const asked = Promise.resolve(check({ name: "redis", signal: new AbortController().signal, timeoutMs: 20 }));
    await settle();
    Object.assign(client, { status: "reconnecting" });
    await expect(asked).rejects.toThrow("connection lost");
    await expect(check({ name: "redis", signal: new AbortController().signal })).rejects.toThrow("not connected: reconnecting");
    expect(pings.length).toBe(1);
  });

  it("is a lost connection when ioredis closes before the answer", async () => {
    const { client, pings } = ioredisLike("ready");
    const asked = ask(client);
    await settle();
    pings[0]?.reject(new Error("Connection is closed."));
    await expect(asked).rejects.toThrow("connection lost");
  });
});

/** A node of an ioredis Cluster, whose answers to CLUSTER INFO the test gives. */
const fakeNode = (status = "ready") => {
  const asked: { resolve: (reply: unknown) => void; reject: (error: Error) => void }[] = [];
  const cluster = (): Promise<unknown> => new Promise((resolve, reject) => asked.push({ resolve, reject }));
  return { status, cluster, asked };
};

const clusterOf = (nodes: readonly object[], more: object = {}) =>
  Object.assign(new EventEmitter(), { isCluster: true, status: "ready", nodes: () => nodes, ping: () => {}, ...more });

const info = (state: string, [assigned, ok, pfail, fail] = [16384, 16384, 0, 0]): string =>
  [`cluster_state:${state}`, ...Object.entries({ assigned, ok, pfail, fail }).map(([name, count]) => `cluster_slots_${name}:${count}`), "cluster_known_nodes:3", ""].join("\r\n");

describe("a Cluster", () => {
  const whole = { slots: { assigned: 16384, ok: 16384, pfail: 0, fail: 0 }, nodes: 3 };
  const verdicts: [string, unknown, CheckOutcome][] = [
    ["ok", info("ok"), { status: "ok", data: whole }],
    ["ok, in a Buffer", Buffer.from(info("ok")), { status: "ok", data: whole }],
    ["fail", info("fail", [16384, 10923, 0, 5461]), { status: "error", message: "the cluster is down: cluster_state:fail", data: { slots: { assigned: 16384, ok: 10923, pfail: 0, fail: 5461 }, nodes: 3 } }],
    ["ok, with slots whose node may have failed", info("ok", [16384, 10923, 5461, 0]), { status: "ok", data: { slots: { assigned: 16384, ok: 10923, pfail: 5461, fail: 0 }, nodes: 3 } }],
    ["ok, without all of the slots", info("ok", [16384, 10923, 0, 5461]), { status: "warn", message: "the cluster covers 10923 of 16384 slots", data: { slots: { assigned: 16384, ok: 10923, pfail: 0, fail: 5461 }, nodes: 3 } }],
  ];

  it.each(verdicts)("whose node says %s", async (_name, reply, verdict) => {
    const node = fakeNode();
    const asked = ask(clusterOf([node]));
    await settle();
    node.asked[0]!.resolve(reply);
    expect(await asked).toEqual(verdict);
  });

  it("whose node says something else is an error", async () => {
    const node = fakeNode();
    const asked = ask(clusterOf([node]));
    await settle();
    node.asked[0]!.resolve("PONG");
    await expect(asked).rejects.toThrow("CLUSTER INFO was answered without cluster_state");
  });

  it("is asked on one master after the other, and not on one that still owes an answer", async () => {
    const nodes = [fakeNode(), fakeNode(), fakeNode("reconnecting")];
    const check = redisCheck(clusterOf(nodes));
    const abort = new AbortController();
    const first = Promise.resolve(check({ name: "redis", signal: abort.signal }));
    await settle();
    abort.abort(new Error("overtaken"));
    await expect(first).rejects.toThrow("overtaken");
    for (let turn = 0; turn < 3; turn++) {
      const next = Promise.resolve(check({ name: "redis", signal: new AbortController().signal }));
      await settle();
      nodes[1]!.asked[turn]!.resolve(info("ok"));
      expect(await next).toMatchObject({ status: "ok" });
    }
    expect(nodes.map((node) => node.asked.length)).toEqual([1, 3, 0]);
  });

  it("whose masters all owe an answer gets no further question", async () => {
    const nodes = [fakeNode(), fakeNode()];
    const check = redisCheck(clusterOf(nodes));
    for (let turn = 0; turn < 5; turn++) {
      const controller = new AbortController();
      const asked = Promise.resolve(check({ name: "redis", signal: controller.signal }));
      await settle();
      controller.abort(new Error("overtaken"));
      await expect(asked).rejects.toThrow("overtaken");
    }
    expect(nodes.map((node) => node.asked.length)).toEqual([1, 1]);
    const last = Promise.resolve(check({ name: "redis", signal: new AbortController().signal }));
    nodes[0]!.asked[0]!.resolve(info("ok"));
    expect(await last).toMatchObject({ status: "ok" });
  });

  it("prefers a connected master to one that has to be connected first", async () => {
    const nodes = [fakeNode("wait"), fakeNode()];
    const check = redisCheck(clusterOf(nodes));
    for (let turn = 0; turn < 2; turn++) {
      const asked = Promise.resolve(check({ name: "redis", signal: new AbortController().signal }));
      await settle();
      nodes[1]!.asked[turn]!.resolve(info("ok"));
      await asked;
    }
    expect(nodes.map((node) => node.asked.length)).toEqual([0, 2]);
  });

  it("without a master that could be asked is an error", async () => {
    await expect(ask(clusterOf([fakeNode("end")]))).rejects.toThrow("not connected: the client has no connection to any master");
  });

  it("of node-redis that discovers its nodes, or was not opened, is an error at once", async () => {
    const client = Object.assign(new EventEmitter(), { isOpen: true, masters: [], nodeClient: () => {} });
    await expect(redisCheck(client)({ name: "redis", signal: new AbortController().signal })).rejects.toThrow("not connected: connecting");
    Object.assign(client, { isOpen: false });
    await expect(redisCheck(client)({ name: "redis", signal: new AbortController().signal })).rejects.toThrow("not connected: connect() was not called");
  });

  it("of node-redis connects a node that has no client yet", async () => {
    const sendCommand = async (words: readonly string[]): Promise<unknown> => (words.join(" ") === "CLUSTER INFO" ? info("ok") : "");
    const client = Object.assign(new EventEmitter(), { isOpen: true, masters: [{}], nodeClient: async () => ({ sendCommand }) });
    expect(await redisCheck(client)({ name: "redis", signal: new AbortController().signal })).toEqual({ status: "ok", data: whole });
  });
});

describe("a pool of node-redis", () => {
  it("that was lost since it was full is not stuck when it is full again", async () => {
    vi.useFakeTimers();
    try {
      const state = { isOpen: true, isReady: true, totalClients: 2, idleClients: 0, clientsInUse: 2, tasksQueueLength: 1 };
      const { client } = fakeClient({ ...state, execute: () => new Promise(() => {}) });
      const check = redisCheck(client);
      const said = async (): Promise<unknown> => {
        const asked = Promise.resolve(check({ name: "redis", signal: new AbortController().signal, timeoutMs: 40 })).catch(String);
        await vi.advanceTimersByTimeAsync(20);
        return asked;
      };
      const full = { status: "warn", message: "pool exhausted: 2 of 2 connections are in use" };
      expect(await said()).toMatchObject(full);
      Object.assign(client, { isReady: false });
      await vi.advanceTimersByTimeAsync(400);
      expect(await said()).toBe("Error: not connected: reconnecting");
      Object.assign(client, { isReady: true });
      expect(await said()).toMatchObject(full);
      await vi.advanceTimersByTimeAsync(400);
      expect(await said()).toMatchObject({ status: "error", message: expect.stringMatching(/^pool stuck: /) as string });
    } finally {
      vi.useRealTimers();
    }
  });
});

describe("a Sentinel of node-redis", () => {
  it("is not asked while it has no connection to the master: it would try again and again", async () => {
    let master: object | undefined;
    const more = { isOpen: true, isReady: false, acquire: () => {}, getMasterNode: () => master };
    const { client, pings } = fakeClient(more);
    await expect(ask(client)).rejects.toThrow("not connected: connecting");
    Object.assign(client, { isReady: true });
    await expect(ask(client)).rejects.toThrow("not connected: no connection to the master");
    expect(pings).toEqual([]);
    master = {};
    const asked = ask(client);
    await settle();
    pings[0]!.resolve("PONG");
    expect(await asked).toBeUndefined();
  });
});
