import type { Check } from "probekit";
import { currentOf } from "./shared/current.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { failureOf } from "./shared/failure.js";
import { durationOption, optionsOf, textOption } from "./shared/options.js";
import { isSqliteDatabase, withBusyTimeout, type SqliteDatabase } from "./sql/sqlite-database.js";
import { kindOfSqlite } from "./sql/sqlite-failure.js";

/** What `sqliteCheck` takes: the application's own `Database` of better-sqlite3 or `DatabaseSync` of node:sqlite. */
export interface SqliteInstance {
  readonly prepare: (...args: never[]) => unknown;
  readonly exec: (...args: never[]) => unknown;
  readonly close: (...args: never[]) => unknown;
}

/** Options of {@link sqliteCheck}; `undefined` always means the default. */
export interface SqliteCheckOptions {
  /**
   * The question asked, a statement that returns rows. The default takes no lock once the connection has read the schema, and
   * says only that the database is open; `"SELECT 1 FROM sqlite_schema"` also says that the file can be read and is not locked. It is
   * synchronous, as all of the database is: as long as it takes, nothing else happens in the process. @default "SELECT 1"
   */
  readonly query?: string | undefined;
  /**
   * How long the question waits for a lock; nothing else happens in the process meanwhile. The application's own time, if that
   * is longer, holds again when the question is answered. 1 to 2147483647. @default 50
   */
  readonly busyTimeoutMs?: number | undefined;
}

const wanted = "a Database of better-sqlite3 or a DatabaseSync of node:sqlite, or a function that returns the present one";

/**
 * Asks an SQLite database in this process `SELECT 1`; it is never closed.
 *
 * Both drivers are synchronous: the question blocks the event loop until it is answered, and no timeout can end it. SQLite
 * itself never notices that an open file was removed or replaced: where that can happen, check the file too.
 * @param db the application's own database, or a function that returns the present one
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", sqliteCheck(db, { query: "SELECT 1 FROM sqlite_schema" }));
 */
export const sqliteCheck = (db: SqliteInstance | (() => SqliteInstance | undefined), options?: SqliteCheckOptions): Check => {
  const given = optionsOf("sqliteCheck", options, ["query", "busyTimeoutMs"]);
  const sql = textOption("query", given.query, "SELECT 1");
  const busyTimeoutMs = Math.ceil(durationOption("busyTimeoutMs", given.busyTimeoutMs, 50));
  if (hasMethods(member(db, "prototype"), ["prepare"])) return refuseClient("sqliteCheck", wanted, "the class itself");
  if (hasMethods(db, ["raw", "transaction"]) && typeof db === "function") return refuseClient("sqliteCheck", wanted, "a function");
  const current = currentOf(db, isSqliteDatabase, databaseOf);
  return () => {
    const database = current();
    if (isClosed(database)) return { status: "error", message: "not connected: the database is closed" };
    try {
      withBusyTimeout(database, () => database.prepare(sql).get(), busyTimeoutMs);
      return undefined;
    } catch (error) {
      throw failureOf(error, kindOfSqlite);
    }
  };
};

// better-sqlite3 says it as `open`; node:sqlite, where `open` is a method, as `isOpen`, and before Node 22.15 not at all.
const isClosed = (database: SqliteDatabase): boolean => member(database, "open") === false || member(database, "isOpen") === false;

const databaseOf = (value: unknown): SqliteDatabase => {
  if (isSqliteDatabase(value)) return value;
  const isOther = hasMethods(value, ["prepare", "all", "each"]);
  return refuseClient("sqliteCheck", wanted, isOther ? "a database of the sqlite3 or sqlite package" : described(value));
};
