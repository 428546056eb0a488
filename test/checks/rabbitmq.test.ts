import { EventEmitter, once } from "node:events";
import { promisify } from "node:util";
import { connect, type Channel, type ChannelModel, type RecoveringChannelModel } from "amqplib";
import { connect as connectWithCallback, type Connection } from "amqplib/callback_api";
import { rabbitmqCheck } from "probekit/checks/rabbitmq";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { missingRabbitmq, rabbitmqPassword, rabbitmqServer, rabbitmqUser, type RabbitmqServer } from "../support/real/rabbitmq.js";
import { describeReal, until } from "../support/real/served.js";
import { healthOf, run } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

expectNoRejections();

/** A channel that a test watches. */
const fakeChannel = () => {
  const state = { closed: 0 };
  const methods = {
    checkQueue: async () => ({ messageCount: 3, consumerCount: 1 }),
    close: async () => void (state.closed += 1),
  };
  return Object.assign(new EventEmitter(), methods, { state });
};

/** A connection of amqplib's shape, whose channels the test opens. `inner` is the connection behind it. */
const fakeConnection = (inner: object = { blocked: false }) => {
  const opening: { resolve: (channel: unknown) => void; reject: (error: Error) => void }[] = [];
  const methods = {
    createChannel: () => new Promise((resolve, reject) => opening.push({ resolve, reject })),
    createConfirmChannel: async () => {},
    close: async () => {},
  };
  const connection = Object.assign(new EventEmitter(), methods, { connection: inner });
  return { connection, inner, opening };
};

const context = (signal = new AbortController().signal) => ({ name: "broker", signal, timeoutMs: 500 });

describe("what rabbitmqCheck is handed", () => {
  const methods = { createChannel: () => {}, createConfirmChannel: () => {}, close: () => {}, on: () => {} };
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a URL", "amqp://user:secret@h", "a string"],
    ["a promise of a connection", connect("amqp://127.0.0.1:1").catch(() => {}), "a promise; await it first"],
    ["a channel", { checkQueue: () => {}, close: () => {}, on: () => {} }, "a channel; hand over its connection"],
    ["a manager", { ...methods, createConfirmChannel: undefined, isConnected: () => true }, "a manager of amqp-connection-manager; hand over () => manager.connection"],
    ["an object", {}, "an object"],
  ];

  it.each(wrong)("is refused: %s", (_name, connection, got) => {
    expect(thrown(() => rabbitmqCheck(connection as never))).toEqual({
      code: "invalid-client",
      message: `rabbitmqCheck takes a connection of amqplib (0.10, 1 or 2, with promises), or a function that returns the present one; got ${got}`,
    });
  });

  it("options that it can't use are refused", () => {
    const { connection } = fakeConnection();
    expect(thrown(() => rabbitmqCheck(connection, { queues: "a" } as never))).toEqual({ code: "unknown-option", message: 'rabbitmqCheck has no option "queues"; it has queue' });
    expect(thrown(() => rabbitmqCheck(connection, { queue: "" }))).toEqual({ code: "invalid-option", message: 'queue must be a string that is not empty; got ""' });
    expect(rabbitmqCheck(connection, { queue: undefined })).toBeTypeOf("function");
    expect(thrown(() => rabbitmqCheck(connection, { queue: "é".repeat(128) }))).toEqual({ code: "invalid-option", message: "queue must be at most 255 bytes long" });
  });

  it("a function that returns no connection is an error of that run", async () => {
    let present: unknown;
    const check = rabbitmqCheck(() => present as never);
    await expect(check(context())).rejects.toThrow("not connected: the function returned undefined");
    present = {};
    await expect(check(context())).rejects.toThrow("got an object");
    const { connection, opening } = fakeConnection();
    present = connection;
    const asked = check(context());
    await settle();
    opening[0]!.resolve(fakeChannel());
    expect(await asked).toBeUndefined();
  });
});

describe("a channel that is opened", () => {
  it("is closed, and its errors are heard", async () => {
    const { connection, opening } = fakeConnection();
    const asked = rabbitmqCheck(connection)(context());
    const channel = fakeChannel();
    opening[0]!.resolve(channel);
    expect(await asked).toBeUndefined();
    expect(channel.state.closed).toBe(1);
    expect(() => channel.emit("error", new Error("late"))).not.toThrow();
  });

  it("is closed although its run was aborted; meanwhile no other is opened", async () => {
    const { connection, opening } = fakeConnection();
    const check = rabbitmqCheck(connection);
    for (let turn = 0; turn < 3; turn++) {
      const controller = new AbortController();
      const asked = Promise.resolve(check(context(controller.signal)));
      await settle();
      controller.abort(new Error("overtaken"));
      await expect(asked).rejects.toThrow("overtaken");
    }
    expect(opening.length).toBe(1);
    const channel = fakeChannel();
    opening[0]!.resolve(channel);
    await settle();
    expect(channel.state.closed).toBe(1);
  });

  it("is given up when the application closes the connection in mid-run", async () => {
    const { connection, inner } = fakeConnection();
    const asked = Promise.resolve(rabbitmqCheck(connection)(context()));
    await settle();
    Object.assign(inner, { sendMethod: () => {} });
    await expect(asked).rejects.toThrow("connection lost");
  });

  it("is asked of the connection that replaced a hung one", async () => {
    const [first, second] = [fakeConnection(), fakeConnection()];
    let present = first.connection;
    const check = rabbitmqCheck(() => present);
    const controller = new AbortController();
    const hung = Promise.resolve(check(context(controller.signal)));
    controller.abort(new Error("overtaken"));
    await expect(hung).rejects.toThrow("overtaken");
    present = second.connection;
    const asked = check(context());
    await settle();
    second.opening[0]!.resolve(fakeChannel());
    expect(await asked).toBeUndefined();
  });

  it("listens to a connection once, whatever the number of checks and runs", async () => {
    const { connection, opening } = fakeConnection();
    const listening = (): number => connection.eventNames().reduce((sum, name) => sum + connection.listenerCount(name), 0);
    const first = rabbitmqCheck(connection);
    const before = listening();
    const second = rabbitmqCheck(() => connection);
    for (const check of [first, second, first]) {
      const asked = check(context());
      await settle();
      opening.pop()!.resolve(fakeChannel());
      await asked;
    }
    expect(listening()).toBe(before);
  });
});

describe("a connection that does not tell whether it is blocked, as before amqplib 1.0.4", () => {
  it("warns from the event to its end", async () => {
    const { connection, opening } = fakeConnection({});
    const check = rabbitmqCheck(connection);
    connection.emit("blocked", "low on disk");
    expect(await check(context())).toEqual({ status: "warn", message: "the broker blocks publishers: low on disk" });
    expect(opening.length).toBe(0);
    connection.emit("unblocked");
    const asked = check(context());
    await settle();
    opening[0]!.resolve(fakeChannel());
    expect(await asked).toBeUndefined();
  });
});

describe("what amqplib fails with", () => {
  const errors: [string, object, string][] = [
    ["Channel ended, no reply will be forthcoming", {}, "connection lost"],
    ["Operation failed: QueueDeclare; 403 (ACCESS-REFUSED) with message \"ACCESS_REFUSED - access to queue 'secret' refused\"", { code: 403 }, "not permitted (ACCESS_REFUSED)"],
    ["Operation failed: QueueDeclare; 404 (NOT-FOUND) with message \"NOT_FOUND - home node 'rabbit@h' of durable queue 'q' in vhost '/' is down or inaccessible\"", { code: 404 }, "the queue is down (NOT_FOUND)"],
    ["Connection closed (by client)", { name: "IllegalOperationError" }, "not connected: the connection is closed"],
    ["Heartbeat timeout", {}, "connection lost: no heartbeat"],
    ["read ECONNRESET", { code: "ECONNRESET" }, "connection lost (ECONNRESET)"],
    ["something else", {}, "something else"],
  ];

  it.each(errors)("%s", async (said, more, message) => {
    const { connection, opening } = fakeConnection();
    const asked = rabbitmqCheck(connection)(context());
    await settle();
    const error = Object.assign(new Error(said), more);
    opening[0]!.reject(error);
    const failure = await Promise.resolve(asked).catch((reason: Error) => reason);
    expect(failure).toMatchObject({ message });
  });

  it("no channel left is a warning", async () => {
    const { connection, opening } = fakeConnection();
    const asked = rabbitmqCheck(connection)(context());
    await settle();
    opening[0]!.reject(new Error("No channels left to allocate"));
    expect(await asked).toEqual({ status: "warn", message: "pool exhausted: every channel of the connection is in use (channelMax)" });
  });
});

const openChannels = (connection: ChannelModel): number =>
  (connection as unknown as { connection: { channels: unknown[] } }).connection.channels.filter((channel) => channel !== null).length;

describeReal("rabbitmqCheck on a broker", missingRabbitmq, () => {
  let server: RabbitmqServer;
  let connection: ChannelModel;
  let channel: Channel;

  const open = async (): Promise<ChannelModel> => {
    const opened = await connect({ hostname: "127.0.0.1", port: server.port, username: rabbitmqUser, password: rabbitmqPassword });
    opened.on("error", () => {});
    return opened;
  };

  beforeAll(async () => {
    server = await rabbitmqServer();
  }, 60_000);

  afterAll(() => server.remove(), 60_000);

  beforeEach(async () => {
    connection = await open();
    channel = await connection.createChannel();
  });

  afterEach(() => connection.close().catch(() => {}));

  it("is ok on a connection, on one that recovers, and by a function", async () => {
    expect(await run(healthOf(rabbitmqCheck(connection)))).toMatchObject({ status: "ok" });
    expect(await run(healthOf(rabbitmqCheck(() => connection)))).toMatchObject({ status: "ok" });
    const url = `amqp://${rabbitmqUser}:${rabbitmqPassword}@127.0.0.1:${server.port}`;
    const recovering: RecoveringChannelModel = await connect(url, { recovery: true });
    const health = healthOf(rabbitmqCheck(recovering));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await recovering.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the connection is closed" });
  });

  it("refuses a connection of callbacks", async () => {
    const url = `amqp://${rabbitmqUser}:${rabbitmqPassword}@127.0.0.1:${server.port}`;
    const model = await promisify<string, Connection>(connectWithCallback)(url);
    expect(thrown(() => rabbitmqCheck(model as never)).message).toMatch(/; got a connection of amqplib's callback API$/);
    await new Promise<void>((resolve) => model.close(() => resolve()));
  });

  it("counts the messages and consumers of a queue, and says that it is missing", async () => {
    const queue = "orders";
    await channel.assertQueue(queue);
    channel.sendToQueue(queue, Buffer.from("order"));
    const health = healthOf(rabbitmqCheck(connection, { queue }));
    await expect.poll(() => run(health)).toMatchObject({ status: "ok", data: { messages: 1, consumers: 0 } });
    await channel.deleteQueue(queue);
    for (let turn = 0; turn < 2; turn++) expect(await run(health)).toMatchObject({ status: "error", message: "no such queue (NOT_FOUND)" });
    await until(() => openChannels(connection) === 2);
    await channel.assertQueue(queue);
    expect(await run(health)).toMatchObject({ status: "ok" });
  });

  it("says that a queue is another connection's own", async () => {
    const other = await open();
    const { queue } = await (await other.createChannel()).assertQueue("", { exclusive: true });
    const message = "the queue is exclusive to another connection (RESOURCE_LOCKED)";
    expect(await run(healthOf(rabbitmqCheck(connection, { queue })))).toMatchObject({ status: "error", message });
    await other.close();
  });

  it("says at once that a connection is closed, and asks it for nothing", async () => {
    const [before, after] = [healthOf(rabbitmqCheck(connection)), await open()];
    await connection.close();
    await after.close();
    expect(await run(before)).toMatchObject({ status: "error", message: "not connected: the connection is closed" });
    expect(await run(healthOf(rabbitmqCheck(after)))).toMatchObject({ status: "error", message: "not connected: the connection is closed" });
    expect([openChannels(connection), openChannels(after)]).toEqual([1, 1]);
  });

  it("says that the broker closed a connection", async () => {
    const health = healthOf(rabbitmqCheck(connection));
    expect(await run(health)).toMatchObject({ status: "ok" });
    const closed = once(connection, "close");
    await server.control("close_all_connections", "maintenance");
    await closed;
    const message = "not connected: the connection is closed; the last failure: connection lost: the broker closed it (CONNECTION_FORCED)";
    expect(await run(health)).toMatchObject({ status: "error", message });
  }, 30_000);

  it("warns while the broker blocks publishers, also if that began during the run or before the check was made", async () => {
    const publish = (): boolean => channel.publish("", "nowhere", Buffer.from("order"));
    const health = healthOf(rabbitmqCheck(connection));
    const other = await open();
    await server.control("set_vm_memory_high_watermark", "0.0000001");
    expect(await run(health)).toMatchObject({ status: "ok" });
    publish();
    const warning = { status: "warn", message: "the broker blocks publishers: low on memory" };
    expect(await run(health)).toMatchObject(warning);
    expect(await run(health)).toMatchObject(warning);
    const blocked = once(other, "blocked");
    (await other.createChannel()).publish("", "nowhere", Buffer.from("order"));
    await blocked;
    expect(await run(healthOf(rabbitmqCheck(other)))).toMatchObject({ status: "warn", message: "the broker blocks publishers: a memory or disk alarm" });
    const unblocked = [once(connection, "unblocked"), once(other, "unblocked")];
    await server.control("set_vm_memory_high_watermark", "0.4");
    await Promise.all(unblocked);
    expect(await run(health)).toMatchObject({ status: "ok" });
    await other.close();
  }, 30_000);
});
