import { expect, it } from "vitest";
import { pageOf, tableOf } from "../../scripts/faults.mjs";

const everywhere = { row: "sqliteCheck, better-sqlite3", against: "SQLite", fault: "up", status: "ok" };
const newer = { row: "sqliteCheck, node:sqlite", against: "SQLite", fault: "up", status: "ok", since: "22.13" };
const untold = { ...newer, fault: "password", without: "it runs in this process" };

it("prints a row that only newer Nodes have, and leaves docs/faults.md the same on every Node", () => {
  expect(pageOf([everywhere, newer, untold])).toBe(pageOf([everywhere]));
  expect(tableOf([everywhere, newer, untold])).toContain("| sqliteCheck, node:sqlite | SQLite | ok |");
});
