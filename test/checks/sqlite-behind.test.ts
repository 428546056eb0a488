import { join } from "node:path";
import Database from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import knex from "knex";
import type { Check } from "probekit";
import { drizzleCheck } from "probekit/checks/drizzle";
import { knexCheck } from "probekit/checks/knex";
import { typeormCheck } from "probekit/checks/typeorm";
import { DataSource } from "typeorm";
import { afterEach, describe, expect, it } from "vitest";
import { healthOf, run } from "./support/ask.js";
import { temporaryFolders } from "./support/folder.js";

const folder = temporaryFolders();
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Behind {
  readonly check: Check;
  /** The application's own database, whose time for locks is five seconds. */
  database(): Promise<Database.Database>;
}

const query = "SELECT 1 FROM orders";

const behind: [string, (path: string) => Promise<Behind>][] = [
  [
    "Drizzle",
    async (path) => {
      const database = new Database(path);
      closing.push(() => database.close());
      return { check: drizzleCheck(drizzle(database), { query }), database: async () => database };
    },
  ],
  [
    "knex",
    async (path) => {
      const db = knex({ client: "better-sqlite3", connection: { filename: path }, useNullAsDefault: true });
      closing.push(() => db.destroy());
      const database = async (): Promise<Database.Database> => {
        const connection = await db.client.acquireConnection();
        db.client.releaseConnection(connection);
        return connection;
      };
      return { check: knexCheck(db, { query }), database };
    },
  ],
  [
    "TypeORM",
    async (path) => {
      const source = await new DataSource({ type: "better-sqlite3", database: path }).initialize();
      closing.push(() => source.destroy());
      const { databaseConnection } = source.driver as unknown as { readonly databaseConnection: Database.Database };
      return { check: typeormCheck(source, { query }), database: async () => databaseConnection };
    },
  ],
];

describe.each(behind)("a locked SQLite file behind %s", (_name, make) => {
  it("holds the event loop for 50 ms of the application's five seconds, which hold again afterwards", async () => {
    const path = join(folder(), "orders.db");
    const other = new Database(path);
    closing.push(() => other.close());
    other.exec("CREATE TABLE orders (id INTEGER)");
    const { check, database } = await make(path);
    const health = healthOf(check);
    expect(await run(health)).toMatchObject({ status: "ok" });
    other.exec("BEGIN EXCLUSIVE");
    const locked = await run(health);
    expect(locked).toMatchObject({ status: "error", reason: "failed", message: "the database is locked (SQLITE_BUSY)" });
    expect(locked.latencyMs).toBeLessThan(1500);
    other.exec("COMMIT");
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect((await database()).pragma("busy_timeout", { simple: true })).toBe(5000);
  }, 20_000);
});
