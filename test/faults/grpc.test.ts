import * as grpc from "@grpc/grpc-js";
import { grpcCheck } from "probekit/checks/grpc";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { grpcHealthServer } from "../support/real/grpc-health.js";
import type { RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";

const token = "s3cret";

// Channels to the same address share their connections in one process, unless told otherwise.
const channel: grpc.ChannelOptions = {
  "grpc.use_local_subchannel_pool": 1,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 100,
};

const clientOf = (port: number): grpc.Client => new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), channel);

const withToken = (value: string) => () => {
  const metadata = new grpc.Metadata();
  metadata.set("authorization", `Bearer ${value}`);
  return metadata;
};

const ready = (client: grpc.Client): Promise<void> =>
  new Promise((resolve, reject) => client.waitForReady(Date.now() + 10_000, (error) => (error ? reject(error) : resolve())));

faultRow({
  name: "grpcCheck",
  against: "a gRPC health server, @grpc/grpc-js 1",
  server: () => grpcHealthServer({ "": "SERVING" }, token),
  without: { exhausted: "a client has one connection, no pool" },
  connect: ({ port, wrongPassword }) => {
    const client = clientOf(port);
    const check = grpcCheck(client, { metadata: withToken(wrongPassword ? "wrong" : token) });
    return { check, close: () => client.close(), reconnect: () => ready(client) };
  },
});

describe("grpcCheck", () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await grpcHealthServer();
  }, 30_000);

  afterAll(() => server.remove());

  it("opens no connection more at a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const client = clientOf(proxy.port);
    onTestFinished(async () => {
      client.close();
      await proxy.close();
    });
    await assertNoPile(grpcCheck(client), proxy, { connections: 0 });
  }, 30_000);

  it("leaves nothing behind", async () => {
    const client = clientOf(server.port);
    onTestFinished(() => client.close());
    const { internalChannel } = client.getChannel() as unknown as { internalChannel: { callCount: number } };
    const gauge = () => ({ calls: internalChannel.callCount });
    await assertNoLeak(grpcCheck(client), { gauge });
    expect(gauge()).toEqual({ calls: 0 });
  }, 60_000);
});
