// The demo's dependencies: embedded by default, real ones with DATABASE_URL and REDIS_URL.
import { createServer } from "node:http";
import { Redis } from "ioredis";
import RedisMock from "ioredis-mock";
import knex from "knex";

const knexConfig = async () => {
  if (process.env.DATABASE_URL) return { client: "pg", connection: process.env.DATABASE_URL, pool: { min: 0, max: 4 } };
  const { default: ClientPGLite } = await import("knex-pglite");
  return { client: ClientPGLite, dialect: "postgres", connection: {} };
};

/** A knex database; broken, its pool is closed. */
const database = async () => {
  const db = knex(await knexConfig());
  const embedded = !process.env.DATABASE_URL;
  // The embedded database blocks this process while it starts: no probe should be measured by that.
  const start = async () => embedded && db.raw("SELECT 1");
  await start();
  return {
    client: db,
    kind: process.env.DATABASE_URL ? "PostgreSQL at DATABASE_URL" : "PostgreSQL embedded in this process",
    break: () => db.destroy(),
    mend: async () => {
      // The embedded database ends with its pool; a new one takes its place.
      if (embedded) db.client.initializeDriver();
      db.initialize();
      await start();
    },
  };
};

/** A Redis client; broken, it is disconnected, or, as the embedded stand-in cannot be, its PING is refused. */
const redis = () => {
  if (process.env.REDIS_URL) {
    const client = new Redis(process.env.REDIS_URL, { maxRetriesPerRequest: null });
    client.on("error", () => {});
    return { client, kind: "Redis at REDIS_URL", break: async () => client.disconnect(), mend: async () => client.connect() };
  }
  const client = new RedisMock();
  const { ping } = client;
  return {
    client,
    kind: "a stand-in for Redis embedded in this process",
    break: async () => {
      client.ping = () => Promise.reject(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" }));
    },
    mend: async () => {
      client.ping = ping;
    },
  };
};

/** Somebody else's API, played by a server of the demo's own; broken, it never answers. */
const payments = async () => {
  let hanging = false;
  const server = createServer((_request, response) => {
    if (!hanging) response.end("ok");
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    kind: "an API that this process plays",
    break: async () => {
      hanging = true;
    },
    mend: async () => {
      hanging = false;
    },
    close: () => server.close(),
  };
};

/** Opens every dependency, by the name of its check. */
export const openDependencies = async () => ({ database: await database(), redis: redis(), payments: await payments() });
