import { connect, type Channel, type ChannelModel } from "amqplib";
import { rabbitmqCheck } from "probekit/checks/rabbitmq";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingRabbitmq, rabbitmqPassword, rabbitmqServer, rabbitmqUser } from "../support/real/rabbitmq.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";

const against = "RabbitMQ 3.10, amqplib 2";
const queue = "orders";

const settings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  hostname: "127.0.0.1",
  port: port!,
  username: rabbitmqUser,
  password: wrongPassword ? "wrong" : rabbitmqPassword,
});

const withQueue = async (connection: ChannelModel): Promise<void> => {
  const channel = await connection.createChannel();
  await channel.assertQueue(queue);
  await channel.close();
};

const channelMax = 2;

/** Takes every channel of a connection; returns what gives them back. */
const exhaust = (connection: () => Pick<ChannelModel, "createChannel">) => async (): Promise<() => unknown> => {
  const held: Channel[] = [];
  while (held.length < channelMax) held.push(await connection().createChannel());
  return () => Promise.all(held.map((channel) => channel.close()));
};

// A node takes seconds to start: the rows share one.
let started: Promise<RealServer> | undefined;
const sharedNode = async (): Promise<RealServer> => {
  started ??= rabbitmqServer();
  return { ...(await started), remove: async () => {} };
};

afterAll(async () => (await started)?.remove(), 60_000);

faultRow({
  name: "rabbitmqCheck, function",
  against,
  missing: missingRabbitmq,
  server: sharedNode,
  without: { password: "connect() rejects: the application has no connection" },
  connect: async (where) => {
    let connection: ChannelModel;
    const open = async (): Promise<void> => {
      connection = await connect({ ...settings(where), channelMax });
      connection.on("error", () => {});
    };
    await open();
    return {
      check: rabbitmqCheck(() => connection),
      close: () => connection.close().catch(() => {}),
      reconnect: open,
      exhaust: exhaust(() => connection),
    };
  },
});

faultRow({
  name: "rabbitmqCheck, recovery, a queue",
  against,
  missing: missingRabbitmq,
  server: sharedNode,
  timeoutMs: 1000,
  cells: {
    password: { status: "error", reason: "failed", message: /^not connected: reconnecting; the last failure: authentication failed/ },
  },
  connect: async (where) => {
    const recovery = { initialDelay: 20, maxDelay: 20, waitForConnect: false, setup: withQueue };
    const connection = await connect({ ...settings(where), channelMax }, { recovery });
    connection.on("error", () => {});
    const check = rabbitmqCheck(connection, { queue });
    if (where.wrongPassword) await new Promise((resolve) => connection.once("connect-failed", resolve));
    else await connection.waitForConnect();
    const isBack = async (): Promise<boolean> => {
      const channel = await connection.createChannel();
      await channel.close();
      return true;
    };
    return { check, close: () => connection.close(), exhaust: exhaust(() => connection), reconnect: () => until(isBack) };
  },
});

interface Inside {
  readonly connection: { readonly channels: readonly unknown[] };
}

const openChannels = (connection: ChannelModel): number =>
  (connection as unknown as Inside).connection.channels.filter((channel) => channel !== null).length;

describeReal("rabbitmqCheck leaves nothing behind", missingRabbitmq, () => {
  let connection: ChannelModel;

  beforeAll(async () => {
    connection = await connect(settings(await sharedNode()));
    await withQueue(connection);
  }, 60_000);

  afterAll(() => connection.close());

  it("of a thousand runs", async () => {
    await assertNoLeak(rabbitmqCheck(connection), { emitters: [connection], gauge: () => openChannels(connection) });
    await expect.poll(() => openChannels(connection)).toBe(1);
  }, 60_000);

  it("of a thousand runs that ask for a queue", async () => {
    await assertNoLeak(rabbitmqCheck(() => connection, { queue }), { emitters: [connection], gauge: () => openChannels(connection) });
    await expect.poll(() => openChannels(connection)).toBe(1);
  }, 60_000);

  it("of a hundred runs that find no queue", async () => {
    const check = rabbitmqCheck(connection, { queue: "nowhere" });
    const quiet = async (context: Parameters<typeof check>[0]): Promise<void> => {
      await expect(check(context)).rejects.toThrow(context.signal.aborted ? /./ : "no such queue (NOT_FOUND)");
    };
    await assertNoLeak(quiet, { emitters: [connection], gauge: () => openChannels(connection) }, { runs: 100 });
    await expect.poll(() => openChannels(connection)).toBe(1);
  }, 60_000);
});
