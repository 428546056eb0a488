import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import Sqlite from "better-sqlite3";
import knex from "knex";
import { createHealth } from "probekit";
import { sqliteCheck } from "probekit/checks/sqlite";
import { afterEach, describe, expect, it } from "vitest";
import { healthOf, run } from "./support/ask.js";
import { temporaryFolders } from "./support/folder.js";
import { nodeSqlite } from "./support/node-sqlite.js";
import { thrown } from "./support/thrown.js";

const folder = temporaryFolders();
const closing: { close(): unknown }[] = [];
afterEach(() => {
  for (const database of closing.splice(0)) database.close();
});

const open = (path = ":memory:", options: Sqlite.Options = {}): Sqlite.Database => {
  const database = new Sqlite(path, options);
  closing.push(database);
  return database;
};

/** A file with a table in it. */
const file = (): string => {
  const path = join(folder(), "orders.db");
  const database = new Sqlite(path);
  database.exec("CREATE TABLE orders (id INTEGER)");
  database.close();
  return path;
};

const reads = { query: "SELECT 1 FROM sqlite_schema" };

const busyTimeout = (database: Sqlite.Database): unknown => database.pragma("busy_timeout", { simple: true });

describe("what sqliteCheck is handed", () => {
  const wanted =
    "sqliteCheck takes a Database of better-sqlite3 or a DatabaseSync of node:sqlite, or a function that returns the present one; got ";
  const does = (...names: string[]): object => Object.fromEntries(names.map((name) => [name, () => {}]));
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a path", "/var/lib/orders.db", "a string"],
    ["the class", Sqlite, "the class itself"],
    ["a promise", Promise.resolve(), "a promise; await it first"],
    ["a statement", new Sqlite(":memory:").prepare("SELECT 1"), "an object made by Statement"],
    ["the sqlite3 package's", { ...does("prepare", "exec", "close", "all", "each", "get"), open: true }, "a database of the sqlite3 or sqlite package"],
    ["the sqlite package's", does("prepare", "exec", "close", "all", "each", "get"), "a database of the sqlite3 or sqlite package"],
    ["another library's", knex({ client: "better-sqlite3", useNullAsDefault: true }), "a function"],
  ];

  it.each(wrong)("is refused: %s", (_name, client, got) => {
    expect(thrown(() => sqliteCheck(client as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  const options: [object, string, string][] = [
    [{ query: " " }, "invalid-option", 'query must be a string that is not empty; got " "'],
    [{ busyTimeoutMs: 0 }, "invalid-option", "busyTimeoutMs must be a number of milliseconds from 1 to 2147483647; got 0"],
    [{ timeout: 5 }, "unknown-option", 'sqliteCheck has no option "timeout"; it has query, busyTimeoutMs'],
  ];

  it.each(options)("options %j are refused", (given, code, message) => {
    expect(thrown(() => sqliteCheck(open(), given))).toEqual({ code, message });
  });

  it("takes undefined for each default", async () => {
    expect(await run(healthOf(sqliteCheck(open(), { query: undefined, busyTimeoutMs: undefined })))).toMatchObject({ status: "ok" });
  });

  it("asks the database that the function returns at each run, and says where there is none", async () => {
    let present: Sqlite.Database | undefined;
    const health = healthOf(sqliteCheck(() => present));
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the function returned undefined" });
    present = open();
    expect(await run(health)).toMatchObject({ status: "ok" });
    present.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the database is closed" });
    present = open();
    expect(await run(health)).toMatchObject({ status: "ok" });
  });
});

describe("sqliteCheck of better-sqlite3", () => {
  it("asks SELECT 1, or the query it is told to", async () => {
    const asked: unknown[] = [];
    const database = open(":memory:", { verbose: (sql) => asked.push(sql) });
    expect(await run(healthOf(sqliteCheck(database)))).toMatchObject({ status: "ok" });
    expect(asked.splice(0)).toEqual(["PRAGMA busy_timeout", "PRAGMA busy_timeout = 50", "SELECT 1", "PRAGMA busy_timeout = 5000"]);
    expect(await run(healthOf(sqliteCheck(database, { query: "SELECT 2", busyTimeoutMs: 9000 })))).toMatchObject({ status: "ok" });
    expect(asked).toEqual(["PRAGMA busy_timeout", "SELECT 2"]);
  });

  it("reports a query's own error as it is", async () => {
    const health = healthOf(sqliteCheck(open(), { query: "SELECT 1 FROM orders" }));
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message: "no such table: orders" });
  });

  it("says that a database was closed", async () => {
    const database = open();
    const health = healthOf(sqliteCheck(database));
    expect(await run(health)).toMatchObject({ status: "ok" });
    database.close();
    expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message: "not connected: the database is closed" });
  });

  it("takes no lock by default, and gives a query that needs one 50 ms of the application's five seconds", async () => {
    const path = file();
    const [database, other] = [open(path), open(path)];
    const [plain, health] = [healthOf(sqliteCheck(database)), healthOf(sqliteCheck(database, reads))];
    expect(await run(plain)).toMatchObject({ status: "ok" });
    other.exec("BEGIN EXCLUSIVE");
    expect(await run(plain)).toMatchObject({ status: "ok" });
    const locked = await run(health);
    expect(locked).toMatchObject({ status: "error", reason: "failed", message: "the database is locked (SQLITE_BUSY)" });
    expect(locked.latencyMs).toBeLessThan(1500);
    expect(busyTimeout(database)).toBe(5000);
    other.exec("COMMIT");
    expect(await run(health)).toMatchObject({ status: "ok" });
    expect(busyTimeout(database)).toBe(5000);
  });

  it("waits as long as it is told to, and no longer than the application does", async () => {
    const path = file();
    const [database, hasty, other] = [open(path), open(path, { timeout: 0 }), open(path)];
    other.exec("BEGIN EXCLUSIVE");
    const patient = await run(healthOf(sqliteCheck(database, { ...reads, busyTimeoutMs: 150.5 })));
    expect(patient.message).toBe("the database is locked (SQLITE_BUSY)");
    expect(patient.latencyMs).toBeGreaterThanOrEqual(100);
    expect(await run(healthOf(sqliteCheck(hasty, reads)))).toMatchObject({ message: "the database is locked (SQLITE_BUSY)" });
    expect(busyTimeout(hasty)).toBe(0);
  });

  it("knows the application's time for locks where integers are safe, too", async () => {
    const database = open(file());
    database.defaultSafeIntegers(true);
    expect(await run(healthOf(sqliteCheck(database, reads)))).toMatchObject({ status: "ok" });
    expect(busyTimeout(database)).toBe(5000n);
  });

  it("says that a file is no database, and that one is corrupt", async () => {
    const stranger = join(folder(), "stranger.db");
    writeFileSync(stranger, "not a database, yet long enough to be read as one. ".repeat(200));
    expect(await run(healthOf(sqliteCheck(open(stranger), reads)))).toMatchObject({ message: "the file is not a database (SQLITE_NOTADB)" });
    const path = file();
    writeFileSync(path, readFileSync(path).fill(0xff, 100, 4000));
    expect(await run(healthOf(sqliteCheck(open(path), reads)))).toMatchObject({ message: "the database is corrupt (SQLITE_CORRUPT)" });
  });

  const codes: [string, string][] = [
    ["SQLITE_IOERR_SHORT_READ", "the database file can't be read or written (SQLITE_IOERR_SHORT_READ)"],
    ["SQLITE_CANTOPEN", "the database file can't be opened (SQLITE_CANTOPEN)"],
    ["SQLITE_FULL", "the disk is full (SQLITE_FULL)"],
    ["SQLITE_READONLY_DBMOVED", "the database can't be written (SQLITE_READONLY_DBMOVED)"],
    ["SQLITE_LOCKED_SHAREDCACHE", "the database is locked (SQLITE_LOCKED_SHAREDCACHE)"],
    ["SQLITE_AUTH", "not permitted (SQLITE_AUTH)"],
    ["SQLITE_ERROR", "it failed"],
  ];

  it.each(codes)("names the kind of %s", async (code, message) => {
    const prepare = (): never => {
      throw new Sqlite.SqliteError("it failed", code);
    };
    const database = { prepare, exec: () => {}, close: () => {}, open: true };
    expect(await run(healthOf(sqliteCheck(database)))).toMatchObject({ status: "error", reason: "failed", message });
  });

  it("logs the driver's own error as the cause", async () => {
    const path = file();
    const [database, other] = [open(path), open(path)];
    other.exec("BEGIN EXCLUSIVE");
    const causes: unknown[] = [];
    const health = createHealth({ logger: ({ error }) => causes.push(error?.cause) });
    health.register("database", sqliteCheck(database, reads));
    await health.report("ready");
    expect(causes).toMatchObject([{ code: "SQLITE_BUSY", message: "database is locked" }]);
    await health.close();
  });

  it("says that another process holds the lock, and is ok once that was killed", async () => {
    const path = file();
    const driver = createRequire(import.meta.url).resolve("better-sqlite3");
    const script = `new (require(${JSON.stringify(driver)}))(${JSON.stringify(path)}).exec("BEGIN EXCLUSIVE"); console.log("locked"); setInterval(() => {}, 1000)`;
    const holder = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(holder.stdout, "data");
    const health = healthOf(sqliteCheck(open(path), reads));
    expect(await run(health)).toMatchObject({ status: "error", message: "the database is locked (SQLITE_BUSY)" });
    holder.kill("SIGKILL");
    await once(holder, "exit");
    expect(await run(health)).toMatchObject({ status: "ok" });
  }, 20_000);
});

describe("sqliteCheck of node:sqlite", () => {
  const openNode = (path = ":memory:") => {
    const database = nodeSqlite(path);
    closing.push({ close: () => database.isOpen && database.close() });
    return database;
  };

  it("is ok, and says that a database was closed", async () => {
    const database = openNode();
    const health = healthOf(sqliteCheck(database));
    expect(await run(health)).toMatchObject({ status: "ok" });
    database.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the database is closed" });
  });

  it("says so of one that does not tell whether it is open, as before Node 22.15", async () => {
    const database = openNode();
    const silent = { prepare: (sql: string) => database.prepare(sql), exec: () => {}, close: () => {}, open: () => {} };
    const health = healthOf(sqliteCheck(silent));
    expect(await run(health)).toMatchObject({ status: "ok" });
    database.close();
    expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the database is closed" });
  });

  it("names the kind of a failure, and puts the application's time for locks back", async () => {
    const path = file();
    const [database, other] = [openNode(path), openNode(path)];
    database.exec("PRAGMA busy_timeout = 4000");
    const health = healthOf(sqliteCheck(database, reads));
    other.exec("BEGIN EXCLUSIVE");
    const locked = await run(health);
    expect(locked).toMatchObject({ status: "error", message: "the database is locked (SQLITE_BUSY)" });
    expect(locked.latencyMs).toBeLessThan(1500);
    expect(database.prepare("PRAGMA busy_timeout").get()).toEqual({ timeout: 4000 });
    other.exec("COMMIT");
    expect(await run(health)).toMatchObject({ status: "ok" });
    const stranger = join(folder(), "stranger.db");
    writeFileSync(stranger, "not a database, yet long enough to be read as one. ".repeat(200));
    expect(await run(healthOf(sqliteCheck(openNode(stranger), reads)))).toMatchObject({ message: "the file is not a database (SQLITE_NOTADB)" });
  });
});
