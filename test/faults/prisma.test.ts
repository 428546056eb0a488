import { PrismaPg } from "@prisma/adapter-pg";
import { Pool } from "pg";
import { prismaCheck } from "probekit/checks/prisma";
import { afterAll, beforeAll, expect, it } from "vitest";
import { healthOf, run } from "../checks/support/ask.js";
import { missingPostgres, postgresPassword, postgresServer, postgresUser } from "../support/real/postgres.js";
import { generatePrisma, missingPrisma, type GeneratedPrisma } from "../support/real/prisma.js";
import { describeReal, type RealServer } from "../support/real/served.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow, type Connection, type Subject } from "./support/matrix.js";
import { assertNoPile } from "./support/pile.js";
import { proxyTo } from "./support/proxy.js";

let generated: GeneratedPrisma;
beforeAll(async () => {
  if (missingPrisma === undefined) generated = await generatePrisma();
}, 60_000);
afterAll(() => generated?.remove());

const settings = ({ port, wrongPassword = false }: Partial<Connection>) => ({
  host: "127.0.0.1",
  port: port!,
  user: postgresUser,
  password: wrongPassword ? "wrong" : postgresPassword,
  database: "postgres",
  max: 2,
});

const missing = missingPrisma ?? missingPostgres;
const common = { against: "PostgreSQL 15, prisma 7, adapter-pg", missing, server: postgresServer };

faultRow({
  ...common,
  name: "prismaCheck with its pool",
  connect: (connection): Subject => {
    const pool = new Pool(settings(connection));
    const prisma = new generated.PrismaClient({ adapter: new PrismaPg(pool) });
    pool.on("error", () => {});
    return {
      check: prismaCheck(prisma, { pool }),
      close: () => prisma.$disconnect().then(() => pool.end()),
      exhaust: async () => {
        const held = [await pool.connect(), await pool.connect()];
        return () => held.forEach((client) => client.release());
      },
    };
  },
});

faultRow({
  ...common,
  name: "prismaCheck",
  connect: (connection): Subject => {
    const prisma = new generated.PrismaClient({ adapter: new PrismaPg(settings(connection)) });
    return {
      check: prismaCheck(prisma),
      close: () => prisma.$disconnect(),
      exhaust: async () => {
        const finish: (() => void)[] = [];
        const hold = (onHeld: () => void) =>
          prisma.$transaction(async (transaction) => {
            await transaction.$queryRawUnsafe("SELECT 1");
            await new Promise<void>((resolve) => {
              finish.push(resolve);
              onHeld();
            });
          }, { timeout: 60_000, maxWait: 60_000 });
        const held: Promise<void>[] = [];
        const transactions = [0, 1].map(() => {
          let onHeld = (): void => {};
          held.push(new Promise((resolve) => void (onHeld = resolve)));
          return hold(() => onHeld());
        });
        await Promise.all(held);
        return () => {
          finish.forEach((end) => end());
          return Promise.all(transactions);
        };
      },
    };
  },
  cells: { exhausted: { status: "error", reason: "timeout" } },
});

describeReal("prismaCheck on PostgreSQL", missing, () => {
  let server: RealServer;
  beforeAll(async () => {
    server = await postgresServer();
  }, 60_000);
  afterAll(() => server.remove());

  it("leaves nothing of a thousand runs behind, with its pool and without", async () => {
    const pool = new Pool(settings({ port: server.port }));
    const prisma = new generated.PrismaClient({ adapter: new PrismaPg(pool) });
    const gauge = () => [pool.idleCount, pool.waitingCount, pool.totalCount];
    await prisma.$connect();
    await assertNoLeak(prismaCheck(prisma, { pool }), { emitters: [pool], gauge });
    await assertNoLeak(prismaCheck(prisma), { emitters: [pool], gauge });
    await prisma.$disconnect();
    await pool.end();
  }, 60_000);

  it("never piles up questions to a server that has gone dark", async () => {
    const proxy = await proxyTo(server.port);
    const pool = new Pool({ ...settings({ port: proxy.port }), max: 5 });
    pool.on("error", () => {});
    const prisma = new generated.PrismaClient({ adapter: new PrismaPg(pool) });
    await assertNoPile(prismaCheck(prisma, { pool }), proxy);
    await assertNoPile(prismaCheck(prisma), proxy, { runs: 9, connections: 0 });
    await assertNoPile(prismaCheck(prisma), proxy, { runs: 30, connections: 2 });
    await prisma.$disconnect();
    await pool.end();
    await proxy.close();
  }, 60_000);

  it("takes an extended client, and connects again after the application has disconnected", async () => {
    const prisma = new generated.PrismaClient({ adapter: new PrismaPg(settings({ port: server.port })) });
    const health = healthOf(prismaCheck(prisma.$extends({ name: "named" })));
    expect(await run(health)).toMatchObject({ status: "ok" });
    await prisma.$disconnect();
    expect(await run(health)).toMatchObject({ status: "ok" });
    await prisma.$disconnect();
  });

  it("names the database that is not there, and no host", async () => {
    const prisma = new generated.PrismaClient({ adapter: new PrismaPg({ ...settings({ port: server.port }), database: "absent" }) });
    expect(await run(healthOf(prismaCheck(prisma)))).toMatchObject({ status: "error", message: "no such database (3D000)" });
    await prisma.$disconnect();
  });
});
