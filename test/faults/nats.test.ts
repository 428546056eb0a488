import { connect as connectCore, type NatsConnection as CoreConnection } from "@nats-io/transport-node";
import { connect as connectNats, type NatsConnection } from "nats";
import { natsCheck, type NatsCheckOptions } from "probekit/checks/nats";
import { afterAll, beforeAll, expect, it } from "vitest";
import { missingNats, natsPassword, natsServer, natsUser } from "../support/real/nats.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";

const settings = (port: number) => ({
  servers: `127.0.0.1:${port}`,
  user: natsUser,
  pass: natsPassword,
  maxReconnectAttempts: -1,
  reconnectTimeWait: 20,
  reconnectJitter: 0,
});

const libraries = [
  ["nats 2", (port: number): Promise<NatsConnection> => connectNats(settings(port))],
  ["nats-core 3", (port: number): Promise<CoreConnection> => connectCore(settings(port))],
] as const;

const jetStream = "jetstream { store_dir: '{data}', max_memory_store: 64MB, max_file_store: 64MB }\n";

const kinds: readonly (readonly [string, string, NatsCheckOptions])[] = [
  ["", "", {}],
  [" with JetStream", jetStream, { jetstream: true }],
];

const answers = async (connection: NatsConnection | CoreConnection): Promise<boolean> => {
  try {
    await connection.rtt();
    return true;
  } catch {
    return false;
  }
};

for (const [library, connect] of libraries) {
  for (const [suffix, config, options] of kinds) {
    faultRow({
      name: `natsCheck${suffix}, ${library}`,
      against: "NATS 2.9",
      missing: missingNats,
      server: () => natsServer({ settings: config }),
      without: { exhausted: "a connection has no pool", password: "connect() rejects: the application has no connection" },
      connect: async ({ port }) => {
        const connection = await connect(port);
        return {
          check: natsCheck(connection, options),
          close: () => connection.close(),
          reconnect: () => until(() => answers(connection)),
        };
      },
    });
  }
}

interface Inside {
  readonly protocol: {
    readonly pongs: readonly unknown[];
    readonly listeners: readonly unknown[];
    readonly muxSubscriptions: { size(): number };
    readonly subscriptions: { size(): number };
  };
}

const gaugeOf = (connection: unknown) => () => {
  const { pongs, listeners, muxSubscriptions, subscriptions } = (connection as Inside).protocol;
  return { pongs: pongs.length, listeners: listeners.length, requests: muxSubscriptions.size(), subscriptions: subscriptions.size() };
};

describeReal("natsCheck leaves nothing behind", missingNats, () => {
  let server: RealServer;

  beforeAll(async () => {
    server = await natsServer({ settings: jetStream });
  }, 30_000);

  afterAll(() => server.remove());

  for (const [library, connect] of libraries) {
    for (const [suffix, , options] of kinds) {
      it(`of a thousand runs${suffix} over ${library}`, async () => {
        const connection = await connect(server.port);
        const gauge = gaugeOf(connection);
        await assertNoLeak(natsCheck(connection, options), { gauge });
        expect(gauge()).toMatchObject({ pongs: 0, requests: 0 });
        await connection.close();
      }, 60_000);
    }
  }
});
