import Sqlite from "better-sqlite3";
import { sqliteCheck } from "probekit/checks/sqlite";
import { describe, it } from "vitest";
import { hasNodeSqlite, nodeSqlite } from "../checks/support/node-sqlite.js";
import { inProcess, withoutServer } from "../support/real/in-process.js";
import { assertNoLeak } from "./support/leaks.js";
import { faultRow } from "./support/matrix.js";

const without = { ...withoutServer, exhausted: "it has no pool" };
const reads = { query: "SELECT count(*) FROM sqlite_schema" };

faultRow({
  name: "sqliteCheck, better-sqlite3",
  against: "SQLite",
  server: inProcess,
  connect: () => {
    const database = new Sqlite(":memory:");
    return { check: sqliteCheck(database, reads), close: () => database.close() };
  },
  without,
});

// Node has it since 22.13; test/checks/sqlite.test.ts runs its shape on every Node.
if (hasNodeSqlite) {
  faultRow({
    name: "sqliteCheck, node:sqlite",
    since: "22.13",
    against: "SQLite",
    server: inProcess,
    connect: () => {
      const database = nodeSqlite(":memory:");
      return { check: sqliteCheck(database, reads), close: () => database.close() };
    },
    without,
  });
}

describe("sqliteCheck", () => {
  it("leaves nothing of a thousand runs behind", async () => {
    const database = new Sqlite(":memory:");
    await assertNoLeak(sqliteCheck(database), { gauge: () => [database.open, database.inTransaction] });
    await assertNoLeak(sqliteCheck(database, reads), { gauge: () => database.pragma("busy_timeout") });
    database.close();
  }, 60_000);
});
