import { Client, Pool } from "pg";
import { pgCheck } from "probekit/checks/pg";
import { afterAll, beforeAll, it } from "vitest";
import { describeReal, type RealServer } from "../support/real/served.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection } from "./support/matrix.js";

const settings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port,
  user: postgresUser,
  password: wrongPassword ? "wrong" : postgresPassword,
  database: "postgres",
});

const poolOf = (connection: Partial<Connection>, options: object = {}): Pool => {
  const pool = new Pool({ ...settings(connection), max: 2, ...options });
  pool.on("error", () => {});
  return pool;
};

const against = "PostgreSQL 15";

faultRow({
  name: "pgCheck, Pool",
  against,
  missing: missingPostgres,
  server: postgresServer,
  connect: (connection) => {
    const pool = poolOf(connection);
    return {
      check: pgCheck(pool),
      close: () => pool.end(),
      exhaust: async () => {
        const held = [await pool.connect(), await pool.connect()];
        return () => held.forEach((client) => client.release());
      },
    };
  },
});

faultRow({
  name: "pgCheck, Client",
  against,
  missing: missingPostgres,
  server: postgresServer,
  connect: async (connection) => {
    let client: Client;
    const connect = async (): Promise<void> => {
      client = new Client(settings(connection));
      client.on("error", () => {});
      await client.connect();
    };
    await connect();
    return {
      check: pgCheck(() => client),
      close: () => client.end(),
      reconnect: async () => {
        await client.end();
        await connect();
      },
    };
  },
  without: { password: "a Client that can't log in never connects", exhausted: "a Client has no pool" },
});

describeReal("pgCheck on PostgreSQL", missingPostgres, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);
  afterAll(() => server.remove());

  it("leaves nothing of a thousand runs over a pool behind", async () => {
    const pool = poolOf({ port: server.port });
    await assertNoLeak(pgCheck(pool), { emitters: [pool], gauge: () => [pool.idleCount, pool.waitingCount, pool.totalCount] });
    await pool.end();
  }, 60_000);

  it("leaves nothing of a thousand runs over a client behind", async () => {
    const client = new Client(settings({ port: server.port }));
    await client.connect();
    await assertNoLeak(pgCheck(client), { emitters: [client] });
    await client.end();
  }, 60_000);
});
