import { connect as connectSocket, type Socket } from "node:net";
import { Kafka, logLevel, type Admin } from "kafkajs";
import { kafkaCheck } from "probekit/checks/kafka";
import { describe, expect, it } from "vitest";
import { fakeKafkaAdmin } from "../checks/support/kafka.js";
import { until } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { listeners, openSockets, unseenRow } from "./support/unseen.js";

/** An admin that gives up at once, and the sockets that it has opened. */
const adminAt = (port: number): { admin: Admin; sockets: Socket[] } => {
  const sockets: Socket[] = [];
  const brokers = [`127.0.0.1:${port}`];
  const socketFactory = ({ host, port: to, onConnect }: { host: string; port: number; onConnect: () => void }): Socket => {
    const socket = connectSocket({ host, port: to }, onConnect);
    sockets.push(socket);
    return socket;
  };
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING, requestTimeout: 2500, retry: { retries: 0 }, socketFactory });
  return { admin: kafka.admin(), sockets };
};

unseenRow({
  name: "kafkaCheck, kafkajs",
  against: "kafkajs 2",
  why: "no Kafka here",
  // The application's own connect() hangs; kafkajs refuses what is asked meanwhile.
  cells: { dark: { status: "error", reason: "failed", message: /^not connected/, withinMs: 250 } },
  connect: async ({ port }) => {
    const { admin, sockets } = adminAt(port);
    const connected = admin.connect().catch(() => {});
    await until(() => sockets[0]?.connecting === false);
    const close = async (): Promise<void> => {
      await connected;
      await admin.disconnect();
    };
    return { check: kafkaCheck(admin), close };
  },
});

describe("kafkaCheck leaves nothing behind", () => {
  it("with an admin of the test's own, which answers at once", async () => {
    const fake = fakeKafkaAdmin();
    await assertNoLeak(kafkaCheck(fake.admin), { emitters: [fake.events], gauge: () => ({ waiting: fake.questions.length }) });
  }, 60_000);

  it("with kafkajs, whose broker refuses", async () => {
    const server = await listeners.refused();
    const { admin } = adminAt(server.port);
    const check = kafkaCheck(admin);
    const failing = async (context: Parameters<typeof check>[0]): Promise<void> => {
      await expect(Promise.resolve(check(context))).rejects.toThrow(/connection refused|aborted/);
    };
    const before = openSockets();
    await assertNoLeak(failing, {}, { runs: 300 });
    await admin.disconnect();
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  }, 60_000);
});
