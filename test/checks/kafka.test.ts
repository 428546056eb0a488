import { Kafka, logLevel } from "kafkajs";
import { kafkaCheck } from "probekit/checks/kafka";
import { runCheck } from "probekit/testing";
import { describe, expect, it } from "vitest";
import { listeners, openSockets } from "../faults/support/unseen.js";
import { healthOf, run, runAtOnce } from "./support/ask.js";
import { broker, fakeKafkaAdmin } from "./support/kafka.js";
import { thrown } from "./support/thrown.js";

const kafka = new Kafka({ brokers: ["127.0.0.1:1"], logLevel: logLevel.NOTHING });

describe("what kafkaCheck is handed", () => {
  const wanted = "kafkaCheck takes an Admin of kafkajs 2, or of @confluentinc/kafka-javascript's KafkaJS, or a function that returns the present one; got ";
  const methods = { connect: () => {}, disconnect: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a broker's address", "kafka:9092", "a string"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["Kafka", kafka, "Kafka itself; call its admin()"],
    ["a producer", kafka.producer(), "a producer"],
    ["a consumer", kafka.consumer({ groupId: "orders" }), "a consumer"],
    ["an AdminClient of node-rdkafka", { ...methods, createTopic: () => {}, listTopics: () => {} }, "an AdminClient with callbacks"],
    ["the class of AdminClients", class AdminClient { connect(): void {} }, "a class; hand over what it makes"],
    ["an admin of an old major", { ...methods, describeCluster: () => {}, getTopicMetadata: () => {} }, "an admin of kafkajs 1"],
    ["something else that connects", methods, "an object"],
  ];

  it.each(wrong)("is refused: %s", (_name, admin, got) => {
    expect(thrown(() => kafkaCheck(admin as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("may be an admin of kafkajs", () => {
    expect(kafkaCheck(kafka.admin(), { minBrokers: undefined })).toBeTypeOf("function");
  });

  it("refuses options that it doesn't have, and values that they can't have", () => {
    const { admin } = fakeKafkaAdmin();
    expect(thrown(() => kafkaCheck(admin, { topics: [] } as never)).code).toBe("unknown-option");
    const message = "minBrokers must be a whole number from 1; got 1.5";
    expect(thrown(() => kafkaCheck(admin, { minBrokers: 1.5 }))).toEqual({ code: "invalid-option", message });
    expect(thrown(() => kafkaCheck(fakeKafkaAdmin("listTopics").admin, { minBrokers: 3 }))).toEqual({
      code: "invalid-option",
      message: "minBrokers needs an admin that has describeCluster; this one has none",
    });
  });
});

// No Kafka runs here: these admins have the libraries' shapes and the test's own answers.
describe("what a cluster says", () => {
  it("is ok with a broker and a controller, and names no host", async () => {
    const { admin } = fakeKafkaAdmin();
    expect(await runCheck(kafkaCheck(admin))).toMatchObject({ status: "ok", data: { brokers: 1, controller: 1, clusterId: "c" } });
    expect(JSON.stringify(await runCheck(kafkaCheck(admin)))).not.toContain("kafka.internal");
  });

  it("is an error without a broker, and warns without a controller", async () => {
    const fake = fakeKafkaAdmin();
    const check = kafkaCheck(fake.admin);
    fake.cluster = { brokers: [broker(1)], controller: null, clusterId: "c" };
    expect(await runCheck(check)).toMatchObject({ status: "warn", reason: "failed", message: "the cluster has no controller" });
    fake.cluster = { brokers: [], controller: 1, clusterId: "c" };
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "the cluster has no broker", data: { brokers: 0 } });
  });

  it("warns with fewer brokers than minBrokers", async () => {
    const fake = fakeKafkaAdmin();
    fake.cluster = { ...fake.cluster, brokers: [broker(1), broker(2)] };
    const message = "2 brokers are in the cluster, of 3";
    expect(await runCheck(kafkaCheck(fake.admin, { minBrokers: 3 }))).toMatchObject({ status: "warn", message });
    expect(await runCheck(kafkaCheck(fake.admin, { minBrokers: 2 }))).toMatchObject({ status: "ok" });
  });

  it("is that a broker answers, where the admin can't describe it", async () => {
    const fake = fakeKafkaAdmin("listTopics");
    const said = await runCheck(kafkaCheck(fake.admin));
    expect(said).toMatchObject({ status: "ok" });
    expect(said).not.toHaveProperty("data");
    expect(fake.asked).toBe(1);
  });

  it("is asked once for all runs that time out, and the answer counts for the run that waits", async () => {
    const fake = fakeKafkaAdmin();
    fake.answers = false;
    const health = healthOf(kafkaCheck(fake.admin), { timeoutMs: 20 });
    for (let turn = 0; turn < 4; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    const waiting = runAtOnce(health);
    fake.questions[0]?.resolve(fake.cluster);
    expect(await waiting).toMatchObject({ status: "ok" });
    expect(fake.asked).toBe(1);
    await health.close();
  });

  it("asks the admin that a function returns, and listens to each once", async () => {
    const [first, second] = [fakeKafkaAdmin(), fakeKafkaAdmin()];
    let present: typeof first.admin | undefined = first.admin;
    const check = kafkaCheck(() => present, { minBrokers: 1 });
    for (let turn = 0; turn < 5; turn++) expect(await runCheck(check)).toMatchObject({ status: "ok" });
    expect(first.events.listenerCount("admin.disconnect")).toBe(1);
    first.events.emit("admin.disconnect");
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "not connected: the admin was disconnected" });
    present = second.admin;
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
    present = undefined;
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "not connected: the function returned undefined" });
  });

  it("is not asked of an admin that was disconnected, until that connects again", async () => {
    const fake = fakeKafkaAdmin();
    const check = kafkaCheck(fake.admin);
    fake.events.emit("admin.disconnect");
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "not connected: the admin was disconnected" });
    expect(fake.asked).toBe(0);
    fake.events.emit("admin.connect");
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
  });
});

describe("what an admin's error means", () => {
  const named = (name: string, message: string, more: object = {}): Error => Object.assign(new Error(message), { name, ...more });
  const protocol = (code: number, type: string): Error => named("KafkaJSProtocolError", "no", { code, type });
  const notConnected = "not connected: connect() was not called on the admin, or it is disconnected";
  const local = (code: number, type: unknown = 7): Error => named("KafkaJSError", "no", { code, type });
  const writing = named("KafkaJSConnectionError", "Connection error: write after end", { code: "ERR_STREAM_WRITE_AFTER_END" });
  const nothing = new TypeError("Cannot destructure property 'brokers' of '(intermediate value)' as it is null.");
  const refused = named("KafkaJSConnectionError", "Connection error: connect ECONNREFUSED 10.0.0.1:9092", { code: "ECONNREFUSED" });
  const errors: [Error, string][] = [
    [refused, "connection refused (ECONNREFUSED)"],
    [named("KafkaJSNumberOfRetriesExceeded", refused.message, { cause: refused }), "connection refused (ECONNREFUSED)"],
    [named("KafkaJSConnectionError", "Connection timeout"), "timed out"],
    [named("KafkaJSConnectionClosedError", "Closed connection"), "connection lost"],
    [writing, "connection lost"],
    [named("KafkaJSRequestTimeoutError", "Request Metadata(key: 3, version: 6) timed out"), "timed out"],
    [named("KafkaJSSASLAuthenticationError", "SASL PLAIN authentication failed: user orders"), "authentication failed"],
    [protocol(58, "SASL_AUTHENTICATION_FAILED"), "authentication failed (SASL_AUTHENTICATION_FAILED)"],
    [protocol(31, "CLUSTER_AUTHORIZATION_FAILED"), "not permitted (CLUSTER_AUTHORIZATION_FAILED)"],
    [named("KafkaJSBrokerNotFound", "No brokers in the broker pool"), "not connected: no broker is known"],
    [local(-172), notConnected],
    [local(-195, "ERR__TRANSPORT"), "connection lost (ERR__TRANSPORT)"],
    [local(-185), "timed out"],
    [new Error("Broker not connected"), "not connected"],
    [nothing, "connection lost: no broker answered"],
    [new Error("something else"), "something else"],
  ];

  it.each(errors)("%s", async (error, message) => {
    const fake = fakeKafkaAdmin();
    fake.answers = false;
    const said = runCheck(kafkaCheck(fake.admin), { timeoutMs: 4000 });
    await expect.poll(() => fake.questions.length).toBe(1);
    fake.questions[0]?.reject(error);
    expect(await said).toMatchObject({ status: "error", reason: "failed", message });
  });
});

describe("kafkaCheck on kafkajs, without a broker", () => {
  const adminAt = (port: number) => {
    const brokers = [`127.0.0.1:${port}`];
    return new Kafka({ brokers, logLevel: logLevel.NOTHING, requestTimeout: 1500, connectionTimeout: 1500, retry: { retries: 0 } }).admin();
  };

  it("asks a listener that answers nothing once, over one connection, however many runs time out", async () => {
    const [server, before] = [await listeners.dark(), openSockets()];
    const admin = adminAt(server.port);
    const health = healthOf(kafkaCheck(admin), { timeoutMs: 50 });
    for (let turn = 0; turn < 5; turn++) expect(await run(health)).toMatchObject({ status: "error", reason: "timeout" });
    expect(server.accepted).toBe(1);
    await health.close();
    await admin.disconnect();
    await server.close();
    await expect.poll(openSockets, { timeout: 10_000 }).toBeLessThanOrEqual(before);
  }, 30_000);

  it("doesn't connect an admin that the application disconnected", async () => {
    const server = await listeners.dark();
    const admin = adminAt(server.port);
    const check = kafkaCheck(admin);
    await admin.disconnect();
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "not connected: the admin was disconnected" });
    expect(server.accepted).toBe(0);
    await server.close();
  });
});
