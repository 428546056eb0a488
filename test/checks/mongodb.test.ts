import { MongoClient } from "mongodb";
import mongoose from "mongoose";
import { mongodbCheck } from "probekit/checks/mongodb";
import { runCheck } from "probekit/testing";
import { describe, expect, it } from "vitest";
import { listeners, openSockets } from "../faults/support/unseen.js";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { healthOf, run, runAtOnce } from "./support/ask.js";
import { fakeMongo, primary, upAndWell } from "./support/mongodb.js";
import { thrown } from "./support/thrown.js";

expectNoRejections();

describe("what mongodbCheck is handed", () => {
  const wanted = "mongodbCheck takes a MongoClient or a Db of mongodb 4 to 7, or mongoose 6 to 9 or a Connection of it; got ";
  const client3 = { isConnected: () => true, db: () => {}, connect: () => {} };
  const db3 = { executeDbAdminCommand: () => {}, command: () => {}, collection: () => {}, admin: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a connection string", "mongodb://user:secret@mongo", "a string"],
    ["the class", MongoClient, "a class; hand over what it makes"],
    ["the package", { MongoClient }, "the mongodb package itself"],
    ["a promise of a client", Promise.resolve(), "a promise; await it first"],
    ["a collection", new MongoClient("mongodb://h").db("orders").collection("orders"), "an object made by Collection"],
    ["a MongoClient of version 3", client3, "one of mongodb 3 or older"],
    ["a Db of version 3", db3, "one of mongodb 3 or older"],
    ["mongoose 5", { version: "5.13.22", createConnection: () => {}, connect: () => {} }, "mongoose 5.13.22"],
    ["a connection of mongoose 5", { readyState: 1, getClient: () => {}, base: { version: "5.13.22" } }, "mongoose 5.13.22"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => mongodbCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("may be a MongoClient, a Db, mongoose or one of its connections", () => {
    const client = new MongoClient("mongodb://127.0.0.1:1");
    expect(mongodbCheck(client)).toBeTypeOf("function");
    expect(mongodbCheck(client.db("orders"), { onPoolExhausted: undefined })).toBeTypeOf("function");
    expect(mongodbCheck(mongoose)).toBeTypeOf("function");
    expect(mongodbCheck(mongoose.connection)).toBeTypeOf("function");
  });

  it("refuses options that it doesn't have, and values that they can't have", () => {
    const { client } = fakeMongo();
    expect(thrown(() => mongodbCheck(client, { database: "x" } as never)).code).toBe("unknown-option");
    expect(thrown(() => mongodbCheck(client, { onPoolExhausted: "ok" as never })).code).toBe("invalid-option");
    expect(thrown(() => mongodbCheck(client, { poolStuckAfterMs: 0 })).code).toBe("invalid-option");
  });
});

// No MongoDB runs here: these clients have the driver's shape and the test's own answers.
describe("a client that can be asked", () => {
  it("is sent one ping", async () => {
    const fake = fakeMongo();
    expect(await runCheck(mongodbCheck(fake.client))).toMatchObject({ status: "ok" });
    expect(fake.asked).toEqual([[{ ping: 1 }, { signal: expect.any(AbortSignal) as AbortSignal }]]);
    expect((fake.asked[0]![1] as { signal: AbortSignal }).signal.aborted).toBe(false);
  });

  it("gives up the ping of a run that times out, and is sent another one by the next", async () => {
    const fake = fakeMongo();
    fake.answers = false;
    const health = healthOf(mongodbCheck(fake.client), { timeoutMs: 30 });
    for (let turn = 1; turn <= 3; turn++) {
      expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
      await settle();
      expect(fake.pings).toHaveLength(0);
      expect(fake.asked).toHaveLength(turn);
    }
    await health.close();
  });

  it.each([0, 1, 2, 5, 20])("does not fail a run that comes while the driver gives up the last one's ping, %i microtasks long", async (slowness) => {
    const fake = fakeMongo();
    const check = mongodbCheck(fake.client);
    for (let wait = 0; wait < 25; wait++) {
      Object.assign(fake, { answers: false, slowness });
      const controller = new AbortController();
      const given = Promise.resolve(check({ name: "db", signal: controller.signal, timeoutMs: 60_000 })).catch(() => {});
      await settle();
      fake.answers = true;
      controller.abort(new Error("too late"));
      for (let turn = 0; turn < wait; turn++) await undefined;
      const next = Promise.resolve(check({ name: "db", signal: new AbortController().signal, timeoutMs: 60_000 }));
      await given;
      // One that came in time waits for the ping that is out.
      for (const ping of fake.pings) if (!ping.signal.aborted) ping.resolve({ ok: 1 });
      await expect(next).resolves.toBeUndefined();
    }
  });

  it("of an older driver keeps it, and the next runs wait for it", async () => {
    const fake = fakeMongo({ knowsSignals: false });
    fake.answers = false;
    const health = healthOf(mongodbCheck(fake.client), { timeoutMs: 200 });
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ reason: "timeout" });
    await settle();
    const waiting = runAtOnce(health);
    fake.pings[0]?.resolve({ ok: 1 });
    expect(await waiting).toMatchObject({ status: "ok" });
    expect(fake.asked).toHaveLength(1);
    await health.close();
  });

  it("keeps a ping for which another run still waits", async () => {
    const fake = fakeMongo();
    fake.answers = false;
    const check = mongodbCheck(fake.client);
    const [hasty, patient] = [healthOf(check, { timeoutMs: 20 }), healthOf(check, { timeoutMs: 4000 })];
    const waiting = runAtOnce(patient);
    expect(await runAtOnce(hasty)).toMatchObject({ reason: "timeout" });
    await settle();
    fake.pings[0]?.resolve({ ok: 1 });
    expect(await waiting).toMatchObject({ status: "ok" });
    expect(fake.asked).toHaveLength(1);
    await hasty.close();
    await patient.close();
  });

  it("is told to connect again where that failed, for the driver would stay dead", async () => {
    const fake = fakeMongo();
    fake.topology = { ...upAndWell, destroyed: true };
    expect(await runCheck(mongodbCheck(fake.client))).toMatchObject({ status: "ok" });
    expect(fake.connects).toBe(1);
    expect(await runCheck(mongodbCheck(fake.client))).toMatchObject({ status: "ok" });
    expect(fake.connects).toBe(1);
  });
});

describe("a client whose servers can't be reached", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED 10.0.0.1:27017"), { name: "MongoNetworkError" });
  const unknown = { type: "Unknown", error: refused };

  const says = async (topology: ReturnType<typeof fakeMongo>["topology"]) => {
    const fake = fakeMongo();
    fake.answers = false;
    fake.topology = topology;
    const said = await runCheck(mongodbCheck(fake.client), { timeoutMs: 400 });
    await settle();
    expect(fake.pings).toHaveLength(0);
    return said;
  };

  it("says why, late in its timeout", async () => {
    const said = await says({ type: "Unknown", servers: [unknown] });
    expect(said).toMatchObject({ status: "error", reason: "failed", message: "connection refused (ECONNREFUSED)" });
    expect(said.latencyMs).toBeGreaterThanOrEqual(310);
  });

  it("says that there is no primary", async () => {
    const message = "not connected: the replica set has no primary that can be reached";
    const headless = { type: "ReplicaSetNoPrimary", servers: [{ type: "RSSecondary" }, unknown] };
    expect(await says(headless)).toMatchObject({ status: "error", message });
    expect(await says({ type: "ReplicaSetNoPrimary", servers: [] })).toMatchObject({ status: "error", message });
  });

  it("times out while the driver still looks, and while a server can be asked", async () => {
    expect(await says({ type: "Unknown", servers: [{ type: "Unknown" }] })).toMatchObject({ reason: "timeout" });
    expect(await says({ type: "ReplicaSetNoPrimary", servers: [{ type: "Unknown" }, unknown] })).toMatchObject({ reason: "timeout" });
    expect(await says({ type: "ReplicaSetWithPrimary", servers: [primary, unknown] })).toMatchObject({ reason: "timeout" });
    expect(await says({ type: "Single", servers: [{ type: "RSSecondary" }] })).toMatchObject({ reason: "timeout" });
    expect(await says(undefined)).toMatchObject({ reason: "timeout" });
  });
});

describe("a pool whose connections are all in use", () => {
  const full = { type: "ReplicaSetWithPrimary", servers: [{ ...primary, used: 2, waiting: 3 }, { type: "RSSecondary" }] };
  const message = "pool exhausted: 2 of 2 connections are in use";

  const filled = () => {
    const fake = fakeMongo();
    fake.answers = false;
    fake.topology = full;
    return fake;
  };

  it("warns, and takes the ping out of its queue", async () => {
    const fake = filled();
    const said = await runCheck(mongodbCheck(fake.client), { timeoutMs: 400 });
    expect(said).toMatchObject({ status: "warn", message, data: { pool: { used: 2, free: 0, waiting: 2, max: 2 } } });
    expect(said.latencyMs).toBeLessThan(310);
    await settle();
    expect(fake.pings).toHaveLength(0);
  });

  it("is an error when that was asked for", async () => {
    const check = mongodbCheck(filled().client, { onPoolExhausted: "error" });
    expect(await runCheck(check, { timeoutMs: 400 })).toMatchObject({ status: "error", message });
  });

  it("is an error once it has released nothing for long, and a warning again after a release", async () => {
    const fake = filled();
    const check = mongodbCheck(fake.client, { poolStuckAfterMs: 20 });
    expect(await runCheck(check, { timeoutMs: 400 })).toMatchObject({ status: "warn", message });
    const stuck = expect.stringMatching(/^pool stuck: 2 of 2/) as string;
    expect(await runCheck(check, { timeoutMs: 400 })).toMatchObject({ status: "error", message: stuck });
    fake.client.emit("connectionCheckedIn");
    expect(await runCheck(check, { timeoutMs: 400 })).toMatchObject({ status: "warn", message });
    fake.answers = true;
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
    expect(fake.client.listenerCount("connectionCheckedIn")).toBe(0);
  });

  it("is listened to once, however many checks find it full", async () => {
    const fake = filled();
    const checks = Array.from({ length: 12 }, () => mongodbCheck(fake.client));
    const said = await Promise.all(checks.map((check) => runCheck(check, { timeoutMs: 400 })));
    expect(new Set(said.map(({ status }) => status))).toEqual(new Set(["warn"]));
    expect(fake.client.listenerCount("connectionCheckedIn")).toBe(1);
    fake.client.emit("connectionCheckedIn");
    expect(fake.client.listenerCount("connectionCheckedIn")).toBe(0);
  });

  it("is no full pool while nobody waits for a connection: then the server hangs", async () => {
    const fake = filled();
    fake.topology = { type: "Single", servers: [{ type: "Standalone", used: 2, waiting: 0 }] };
    expect(await runCheck(mongodbCheck(fake.client), { timeoutMs: 60 })).toMatchObject({ status: "error", reason: "timeout" });
  });

  it("warns in the driver's own words too, where its patience is shorter", async () => {
    const fake = fakeMongo();
    fake.answers = false;
    const said = runCheck(mongodbCheck(fake.client), { timeoutMs: 4000 });
    await expect.poll(() => fake.pings.length).toBe(1);
    const error = Object.assign(new Error("Timed out while checking out a connection"), { name: "MongoWaitQueueTimeoutError" });
    fake.pings[0]?.reject(error);
    const text = "pool exhausted: no connection came free within the client's waitQueueTimeoutMS";
    expect(await said).toMatchObject({ status: "warn", message: text });
  });
});

describe("what a driver's error means", () => {
  const named = (name: string, message: string, more: object = {}): Error => Object.assign(new Error(message), { name, ...more });
  const server = (code: number, codeName: string, message = "no"): Error => named("MongoServerError", message, { code, codeName });
  const reset = Object.assign(new Error("read ECONNRESET"), { code: "ECONNRESET" });
  const errors: [Error, string][] = [
    [server(18, "AuthenticationFailed"), "authentication failed (AuthenticationFailed)"],
    [server(8000, "AtlasError", "bad auth : authentication failed"), "authentication failed"],
    [server(13, "Unauthorized"), "not permitted (Unauthorized)"],
    [server(91, "ShutdownInProgress"), "connection lost: the server is shutting down (ShutdownInProgress)"],
    [server(50, "<b>"), "timed out: the server cancelled the command (50)"],
    [named("MongoNetworkError", "connection 3 to 10.0.0.1:27017 closed"), "connection lost"],
    [named("MongoNetworkError", "it failed", { cause: reset }), "connection lost (ECONNRESET)"],
    [named("MongoNetworkError", "getaddrinfo ENOTFOUND mongo.internal"), "DNS: the host name was not found (ENOTFOUND)"],
    [named("MongoNetworkTimeoutError", "connection 3 to 10.0.0.1:27017 timed out"), "timed out"],
    [named("MongoServerSelectionError", "connect ECONNREFUSED 10.0.0.1:27017"), "connection refused (ECONNREFUSED)"],
    [named("MongoServerSelectionError", "Server selection timed out after 30000 ms"), "not connected: no server could be selected"],
    [named("MongoTopologyClosedError", "Topology is closed"), "not connected: the client is closed, or was never connected"],
    [named("MongoNotConnectedError", "Client must be connected"), "not connected: the client is closed, or was never connected"],
    [named("MongoParseError", "Message size cannot be negative: -1"), "the server doesn't speak MongoDB's protocol"],
    [named("MongoParseError", "Invalid message size: 1213486160, max allowed: 67108864"), "the server doesn't speak MongoDB's protocol"],
    [new Error("something else"), "something else"],
  ];

  it.each(errors)("%s", async (error, message) => {
    const fake = fakeMongo();
    fake.answers = false;
    const said = runCheck(mongodbCheck(fake.client), { timeoutMs: 4000 });
    await expect.poll(() => fake.pings.length).toBe(1);
    fake.pings[0]?.reject(error);
    expect(await said).toMatchObject({ status: "error", reason: "failed", message });
  });
});

describe("mongodbCheck on the driver, without a server", () => {
  it("connects again after an attempt that failed, and says at each run why", async () => {
    const server = await listeners.refused();
    const client = new MongoClient(`mongodb://127.0.0.1:${server.port}`, { serverSelectionTimeoutMS: 500 });
    const health = healthOf(mongodbCheck(client));
    for (let turn = 0; turn < 3; turn++) expect(await run(health)).toMatchObject({ message: "connection refused (ECONNREFUSED)" });
    await health.close();
    await client.close();
  });

  it("of a client that was closed says so, and doesn't open it again", async () => {
    const client = new MongoClient("mongodb://127.0.0.1:1");
    await client.close();
    const message = "not connected: the client is closed, or was never connected";
    expect(await runCheck(mongodbCheck(client))).toMatchObject({ status: "error", message });
    expect(await runCheck(mongodbCheck(client.db("orders")))).toMatchObject({ status: "error", message });
  });

  it("opens a bounded number of connections to a listener that answers nothing", async () => {
    const [server, before] = [await listeners.dark(), openSockets()];
    const client = new MongoClient(`mongodb://127.0.0.1:${server.port}`);
    const health = healthOf(mongodbCheck(client), { timeoutMs: 40 });
    for (let turn = 0; turn < 20; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    expect(server.accepted).toBe(1);
    await health.close();
    await client.close();
    await server.close();
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  });
});

describe("mongodbCheck on mongoose, without a server", () => {
  it("says at once that a connection was never opened, or is closed, and puts nothing into its buffer", async () => {
    const connection = mongoose.createConnection();
    const check = mongodbCheck(connection);
    const message = "not connected: mongoose is disconnected";
    expect(await runCheck(check)).toMatchObject({ status: "error", message });
    connection.openUri("mongodb://127.0.0.1:1", { serverSelectionTimeoutMS: 50 }).catch(() => {});
    await expect.poll(() => connection.readyState).toBe(0);
    const why = `${message}; the last attempt: connection refused (ECONNREFUSED)`;
    expect(await runCheck(check)).toMatchObject({ status: "error", message: why });
    expect(connection).toMatchObject({ _queue: [] });
    await connection.destroy();
    expect(await runCheck(check)).toMatchObject({ status: "error", message });
  });

  it("of mongoose itself reads its default connection at each run", async () => {
    expect(await runCheck(mongodbCheck(mongoose))).toMatchObject({ status: "error", message: "not connected: mongoose is disconnected" });
  });
});
