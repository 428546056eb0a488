import { EventEmitter } from "node:events";
import mqtt from "mqtt";
import { mqttCheck, type MqttInstance } from "probekit/checks/mqtt";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { missingMosquitto, mosquittoPassword, mosquittoServer, mosquittoUser } from "../support/real/mosquitto.js";
import { describeReal, freePort, until, type RealServer } from "../support/real/served.js";
import { healthOf, run, runAtOnce } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

/** A client of MQTT.js' shape, whose state and packets the test decides. */
const fakeClient = (state: object = {}) => {
  const client = Object.assign(new EventEmitter(), {
    connected: true,
    pings: 0,
    stream: Object.assign(new EventEmitter(), { destroyed: false }),
    sendPing: () => void (client.pings += 1),
    publish: () => {},
    subscribe: () => {},
    end: () => {},
    receive: (cmd: string, more: object = {}) => client.emit("packetreceive", { cmd, ...more }),
    listeners: () => [...client.eventNames(), ...client.stream.eventNames()],
    ...state,
  });
  return client;
};

const ask = (client: MqttInstance | (() => MqttInstance | undefined), signal = new AbortController().signal) =>
  Promise.resolve(mqttCheck(client)({ name: "broker", signal }));

describe("what mqttCheck is handed", () => {
  const wanted = "mqttCheck takes a client of MQTT.js (5.6 or later), or a function that returns the present one; got ";
  const { sendPing: _, ...old } = fakeClient();
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a URL", "mqtt://user:secret@h", "a string"],
    ["a promise of a client", Promise.resolve(), "a promise; await it first"],
    ["the package", mqtt, "the mqtt package itself"],
    ["the class", mqtt.MqttClient, "a class; hand over what it makes"],
    ["an object", {}, "an object"],
    ["an emitter", new EventEmitter(), "an object made by EventEmitter"],
    ["MQTT.js 5.5 or older", Object.assign(new EventEmitter(), old), "an MQTT.js client older than 5.6, which has no sendPing()"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => mqttCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  it("options are refused: there are none", () => {
    expect(thrown(() => mqttCheck(fakeClient(), { qos: 1 } as never))).toEqual({ code: "unknown-option", message: 'mqttCheck has no option "qos"; it has none' });
    expect(mqttCheck(fakeClient(), {})).toBeTypeOf("function");
  });

  it("may be a function, asked at each run", async () => {
    const [first, second] = [fakeClient(), fakeClient()];
    const present: (MqttInstance | undefined)[] = [first, second, undefined, {} as never];
    const health = healthOf(mqttCheck(() => present.shift()));
    for (const client of [first, second]) {
      const report = run(health);
      await until(() => client.pings === 1);
      client.receive("pingresp");
      expect(await report).toMatchObject({ status: "ok" });
    }
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the function returned undefined" });
    expect(await run(health)).toMatchObject({ status: "error", message: `${wanted}an object` });
  });
});

describe("where the client stands", () => {
  const lost: [string, object, string][] = [
    ["reconnects", { connected: false, reconnecting: true }, "not connected: reconnecting"],
    ["was refused by the server", { connected: false, reconnecting: true, reconnectSuppressed: true }, "not connected: the server refused the client, which does not reconnect"],
    ["is being ended", { connected: true, disconnecting: true }, "not connected: the client was ended"],
    ["was ended", { connected: false, disconnected: true }, "not connected: the client was ended"],
    ["is closed", { connected: false, stream: { destroyed: true } }, "not connected: closed, and the client does not reconnect"],
    ["was never connected", { connected: false, stream: undefined }, "not connected: connect() was not called on the client"],
  ];

  it.each(lost)("one that %s is an error at once, and keeps no PINGREQ for later", async (_name, state, message) => {
    const client = fakeClient(state);
    await expect(ask(client)).rejects.toThrow(message);
    expect([client.pings, client.eventNames()]).toEqual([0, []]);
  });

  it("one that connects for the first time is waited for, then pinged", async () => {
    const client = fakeClient({ connected: false });
    const asked = ask(client);
    await settle();
    expect(client.pings).toBe(0);
    client.receive("connack", { returnCode: 0 });
    client.connected = true;
    client.emit("connect");
    await settle();
    expect(client.pings).toBe(1);
    client.receive("pingresp");
    expect(await asked).toBeUndefined();
    expect(client.listeners()).toEqual([]);
  });

  it("one that is lost between its first connection and the PINGREQ gets none, which it would keep", async () => {
    const client = fakeClient({ connected: false });
    const asked = ask(client);
    await settle();
    client.emit("connect");
    await expect(asked).rejects.toThrow("connection lost");
    expect([client.pings, client.listeners()]).toEqual([0, []]);
  });

  const refusals: [string, object, string][] = [
    ["3.1.1, a wrong password", { returnCode: 4 }, "authentication failed (CONNACK 4)"],
    ["3.1.1, a user without rights", { returnCode: 5 }, "authentication failed (CONNACK 5)"],
    ["5, a wrong password", { reasonCode: 134 }, "authentication failed (CONNACK 134)"],
    ["5, a server that is busy", { reasonCode: 137 }, "the server is unavailable (CONNACK 137)"],
    ["5, another version", { reasonCode: 132 }, "the server doesn't speak this version of MQTT (CONNACK 132)"],
    ["5, anything else", { reasonCode: 151 }, "the server refused the connection (CONNACK 151)"],
  ];

  it.each(refusals)("the server's refusal is named: MQTT %s", async (_name, packet, message) => {
    const client = fakeClient({ connected: false });
    const check = mqttCheck(client);
    const asked = Promise.resolve(check({ name: "broker", signal: new AbortController().signal }));
    await settle();
    client.receive("connack", packet);
    await expect(asked).rejects.toThrow(message);
    expect(client.listeners()).toEqual([]);
    Object.assign(client, { reconnecting: true });
    await expect(check({ name: "broker", signal: new AbortController().signal })).rejects.toThrow(`not connected: reconnecting; the last attempt: ${message}`);
  });
});

describe("a first connection", () => {
  it("that fails before the first run has been heard, and nothing listens any more", async () => {
    const client = fakeClient({ connected: false });
    const check = mqttCheck(client);
    client.receive("connack", { returnCode: 5 });
    Object.assign(client.stream, { destroyed: true });
    await settle();
    expect(client.listeners()).toEqual([]);
    const message = "not connected: closed, and the client does not reconnect; the last attempt: authentication failed (CONNACK 5)";
    await expect(check({ name: "broker", signal: new AbortController().signal })).rejects.toThrow(message);
  });

  it("that ends without a word is told apart from a lost one", async () => {
    const client = fakeClient({ connected: false });
    const asked = ask(client);
    client.emit("close");
    await expect(asked).rejects.toThrow("connection lost before the server accepted it");
    expect(client.listeners()).toEqual([]);
  });

  it("that fails without a known code says no more than that", async () => {
    const client = fakeClient({ connected: false });
    const asked = ask(client);
    await settle();
    client.stream.emit("error", new Error("proxy.internal said no"));
    await expect(asked).rejects.toThrow(/^not connected: the connection failed$/);
  });
});

describe("a PINGREQ", () => {
  it("is answered by PINGRESP, and by no other packet", async () => {
    const client = fakeClient();
    const asked = ask(client);
    await settle();
    client.receive("publish");
    client.receive("puback");
    await settle();
    expect(client.listenerCount("packetreceive")).toBe(1);
    client.receive("pingresp");
    expect(await asked).toBeUndefined();
    expect(client.listeners()).toEqual([]);
  });

  it("is one for any number of checks of a client, which has one listener for each event", async () => {
    const client = fakeClient({ connected: false });
    const asked = Array.from({ length: 20 }, () => ask(client));
    await settle();
    expect(client.listeners().map((event) => client.listenerCount(event))).toEqual([1, 1, 1, 0]);
    client.connected = true;
    client.emit("connect");
    await settle();
    expect([client.pings, client.listenerCount("packetreceive"), client.listenerCount("close")]).toEqual([1, 1, 1]);
    client.receive("pingresp");
    expect(new Set(await Promise.all(asked))).toEqual(new Set([undefined]));
    expect(client.listeners()).toEqual([]);
  });

  it("is lost with the connection", async () => {
    const client = fakeClient();
    const asked = ask(client);
    await settle();
    client.emit("close");
    await expect(asked).rejects.toThrow("connection lost");
    expect(client.listeners()).toEqual([]);
  });

  it("that can't be sent is an error, and leaves no listener", async () => {
    const client = fakeClient({ sendPing: () => { throw new Error("write after end"); } });
    await expect(ask(client)).rejects.toThrow("write after end");
    expect(client.listeners()).toEqual([]);
  });

  it("is still the only one after runs that were aborted, and its answer counts for the next", async () => {
    const client = fakeClient();
    const check = mqttCheck(client);
    for (let turn = 0; turn < 5; turn++) {
      const controller = new AbortController();
      const asked = Promise.resolve(check({ name: "broker", signal: controller.signal }));
      await settle();
      controller.abort(new Error("overtaken"));
      await expect(asked).rejects.toThrow("overtaken");
    }
    expect(client.pings).toBe(1);
    const last = Promise.resolve(check({ name: "broker", signal: new AbortController().signal }));
    client.receive("pingresp");
    expect(await last).toBeUndefined();
    expect(client.listeners()).toEqual([]);
  });
});

describeReal("a client of MQTT.js", missingMosquitto, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await mosquittoServer();
  }, 30_000);

  afterAll(() => server.remove());

  const connected = (options: mqtt.IClientOptions = {}): mqtt.MqttClient => {
    const login = { username: mosquittoUser, password: mosquittoPassword };
    return mqtt.connect({ host: "127.0.0.1", port: server.port, ...login, ...options }).on("error", () => {});
  };

  it("is waited for while it connects, and an error once it was ended", async () => {
    const client = connected();
    const health = healthOf(mqttCheck(client));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await client.endAsync();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the client was ended" });
  });

  it("that was not told to connect says so", async () => {
    const client = connected({ manualConnect: true });
    expect(await run(healthOf(mqttCheck(client)))).toMatchObject({ message: "not connected: connect() was not called on the client" });
  });

  it("that is refused says so, and what its last attempt came to", async () => {
    const client = connected({ port: await freePort(), reconnectPeriod: 60_000 });
    const health = healthOf(mqttCheck(client));
    expect(await runAtOnce(health)).toMatchObject({ message: "connection refused (ECONNREFUSED)" });
    expect(await run(health)).toMatchObject({ message: "not connected: reconnecting; the last attempt: connection refused (ECONNREFUSED)" });
    await client.endAsync(true);
  });

  it("whose password is wrong stays closed", async () => {
    const client = connected({ password: "wrong", protocolVersion: 5 });
    const health = healthOf(mqttCheck(client));
    expect(await runAtOnce(health)).toMatchObject({ message: "authentication failed (CONNACK 135)" });
    const message = "not connected: closed, and the client does not reconnect; the last attempt: authentication failed (CONNACK 135)";
    expect(await run(health)).toMatchObject({ status: "error", message });
    await client.endAsync(true);
  });
});
