import { MongoClient } from "mongodb";
import mongoose from "mongoose";
import { mongodbCheck } from "probekit/checks/mongodb";
import { describe, expect, it } from "vitest";
import { fakeMongo } from "../checks/support/mongodb.js";
import { settle } from "../support/fake-clock.js";
import { assertNoLeak } from "./support/leaks.js";
import { listeners, openSockets, unseenRow } from "./support/unseen.js";

const why = "no MongoDB here";

unseenRow({
  name: "mongodbCheck, MongoClient",
  against: "mongodb 7",
  why,
  connect: ({ port }) => {
    const client = new MongoClient(`mongodb://127.0.0.1:${port}`);
    return { check: mongodbCheck(client), close: () => client.close() };
  },
});

unseenRow({
  name: "mongodbCheck, mongoose",
  against: "mongoose 9",
  why,
  connect: ({ port }) => {
    const connection = mongoose.createConnection(`mongodb://127.0.0.1:${port}`, { serverSelectionTimeoutMS: 3000 });
    connection.asPromise().catch(() => {});
    return { check: mongodbCheck(connection), close: () => connection.destroy() };
  },
});

interface Opened {
  readonly topology: { readonly waitQueue: { readonly length: number }; readonly s: { readonly servers: ReadonlyMap<string, unknown> } };
}

/** A client that has begun to connect; its own types leave out what waits in it. */
const opened = async (client: MongoClient): Promise<Opened> => {
  client.connect().catch(() => {});
  await settle();
  return client as unknown as Opened;
};

describe("mongodbCheck leaves nothing behind", () => {
  it.each([true, false])("with a client of the test's own, which answers at once; it knows signals: %s", async (knowsSignals) => {
    const fake = fakeMongo({ knowsSignals });
    await assertNoLeak(mongodbCheck(fake.client), { emitters: [fake.client], gauge: () => ({ pings: fake.pings.length }) });
  }, 60_000);

  // Each run takes as long as its timeout: so fewer of them.
  it("with the driver, whose server refuses", async () => {
    const [server, before] = [await listeners.refused(), openSockets()];
    const client = new MongoClient(`mongodb://127.0.0.1:${server.port}`);
    const check = mongodbCheck(client);
    const failing = async (context: Parameters<typeof check>[0]): Promise<void> => {
      await expect(Promise.resolve(check(context))).rejects.toThrow(/connection refused|aborted/);
    };
    const { topology } = await opened(client);
    const gauge = () => ({ waiting: topology.waitQueue.length, servers: topology.s.servers.size });
    await assertNoLeak(failing, { emitters: [client as never], gauge }, { runs: 100, timeoutMs: 50 });
    await client.close();
    await settle();
    await expect.poll(openSockets).toBeLessThanOrEqual(before);
  }, 60_000);
});
