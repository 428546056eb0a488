import { hasMethods, member } from "../shared/duck.js";

/** A synchronous SQLite database: of better-sqlite3 or node:sqlite. */
export interface SqliteDatabase {
  prepare(sql: string): { get(): unknown };
}

/** How long a question waits for a lock unless told otherwise, in milliseconds. */
const busyMs = 50;

// The sqlite3 and sqlite packages are asynchronous, and have these.
const isDeferred = (value: unknown): boolean => hasMethods(value, ["all", "each"]);

/** Whether something is a synchronous SQLite database, by its shape. */
export const isSqliteDatabase = (value: unknown): value is SqliteDatabase => {
  const open = member(value, "open");
  return hasMethods(value, ["prepare", "exec", "close"]) && (typeof open === "boolean" || typeof open === "function") && !isDeferred(value);
};

const setting = (database: SqliteDatabase, pragma: string): unknown => database.prepare(`PRAGMA ${pragma}`).get();

/**
 * Asks something that may wait for a lock, no longer than this and no longer than the application itself waits. All of it
 * happens in one turn of the event loop, which is held meanwhile, so that the application never sees the other time.
 */
export const withBusyTimeout = <T>(database: SqliteDatabase, ask: () => T, busyTimeoutMs = busyMs): T => {
  const own = Number(Object.values(setting(database, "busy_timeout") ?? {})[0]);
  const isLonger = own > busyTimeoutMs;
  if (isLonger) setting(database, `busy_timeout = ${busyTimeoutMs}`);
  try {
    return ask();
  } finally {
    if (isLonger) setting(database, `busy_timeout = ${own}`);
  }
};
