import mqtt from "mqtt";
import { mqttCheck } from "probekit/checks/mqtt";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingMosquitto, mosquittoPassword, mosquittoServer, mosquittoUser } from "../support/real/mosquitto.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";
import { proxyTo } from "./support/proxy.js";

const login = { username: mosquittoUser, password: mosquittoPassword, reconnectPeriod: 20 };

const row = (protocolVersion: 4 | 5, name: string): void =>
  faultRow({
    name: `mqttCheck, ${name}`,
    against: "Mosquitto 2, MQTT.js 5",
    missing: missingMosquitto,
    server: mosquittoServer,
    cells: { password: { status: "error", reason: "failed", message: /authentication failed \(CONNACK (?:5|135)\)$/ } },
    without: { exhausted: "a client has one connection, no pool" },
    connect: async ({ port, wrongPassword }) => {
      const client = mqtt.connect({ ...login, host: "127.0.0.1", port, protocolVersion, ...(wrongPassword && { password: "wrong" }) });
      client.on("error", () => {});
      const reconnect = (): Promise<void> => until(() => client.connected);
      if (!wrongPassword) await reconnect();
      return { check: mqttCheck(client), close: () => client.endAsync(true), reconnect };
    },
  });

row(4, "MQTT 3.1.1");
row(5, "MQTT 5");

describeReal("mqttCheck leaves nothing behind", missingMosquitto, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await mosquittoServer();
  }, 30_000);

  afterAll(() => server.remove());

  it("with MQTT.js", async () => {
    const client = await mqtt.connectAsync({ ...login, host: "127.0.0.1", port: server.port });
    await assertNoLeak(mqttCheck(client), { emitters: [client as never, client.stream as never], gauge: () => ({ queued: client.queue.length }) });
    await client.endAsync();
  }, 30_000);

  it("has one PINGREQ out while the server is dark, however many runs time out, and listens for it once", async () => {
    const proxy = await proxyTo(server.port);
    const client = await mqtt.connectAsync({ ...login, host: "127.0.0.1", port: proxy.port, protocolVersion: 5 });
    const check = mqttCheck(client);
    const listeners = (): number => client.listenerCount("packetreceive") + client.listenerCount("close");
    const [before, pings] = [listeners(), [] as string[]];
    client.on("packetsend", ({ cmd }) => pings.push(cmd));
    proxy.darken();
    for (let turn = 0; turn < 30; turn++) {
      await expect(check({ name: "broker", signal: AbortSignal.timeout(5), timeoutMs: 5 })).rejects.toThrow("timeout");
    }
    expect([pings, listeners()]).toEqual([["pingreq"], before + 2]);
    await proxy.heal();
    expect(await check({ name: "broker", signal: new AbortController().signal })).toBeUndefined();
    expect([pings, listeners()]).toEqual([["pingreq"], before]);
    await client.endAsync(true);
    await proxy.close();
  }, 30_000);

  it("leaves the client's keepalive as it is: a server gone dark is found out in its time", async () => {
    const proxy = await proxyTo(server.port);
    const client = await mqtt.connectAsync({ ...login, host: "127.0.0.1", port: proxy.port, keepalive: 1 });
    client.on("error", () => {});
    const check = mqttCheck(client);
    proxy.darken();
    await expect(check({ name: "broker", signal: new AbortController().signal })).rejects.toThrow("connection lost");
    await expect(check({ name: "broker", signal: new AbortController().signal })).rejects.toThrow("not connected: reconnecting");
    await client.endAsync(true);
    await proxy.close();
  }, 30_000);
});
