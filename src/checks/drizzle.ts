import type { Check } from "probekit";
import { mysql2Check, type Mysql2Instance } from "./mysql2.js";
import { pgCheck, type PgInstance } from "./pg.js";
import { poolClientOf } from "./sql/driver-pool.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { sqlCheck, type SqlCheckOptions } from "./sql/sql-check.js";
import { sqlOpaqueCheck } from "./sql/sql-opaque.js";
import { isSqliteDatabase, withBusyTimeout } from "./sql/sqlite-database.js";

export type { SqlCheckOptions } from "./sql/sql-check.js";

/** What `drizzleCheck` takes: the application's own Drizzle database. */
export interface DrizzleInstance {
  readonly select: (...args: never[]) => unknown;
  readonly transaction: (...args: never[]) => unknown;
}

/**
 * Options of {@link drizzleCheck}; `undefined` always means the default. A database over anything but a pool of pg or
 * mysql2 has `onPoolExhausted` and `query` alone.
 */
export interface DrizzleCheckOptions extends SqlCheckOptions {}

const wanted = "a database of drizzle-orm, as drizzle(…) returns it";

/**
 * Asks the database behind Drizzle `SELECT 1`, through the driver that Drizzle was given.
 *
 * A pool of pg or of mysql2 is asked itself: one connection is taken and given back, and if the run is aborted first, it
 * is destroyed. A `Client` of pg and a connection of mysql2 are asked as `pgCheck` and `mysql2Check` ask them. Every other
 * driver (better-sqlite3, libsql, postgres.js, PGlite, Neon …) is asked through `db.execute` or `db.all`, which can't be
 * interrupted: a run that times out leaves its question there, and the next waits for the same one; one that gets no answer
 * for ten timeouts is given up. better-sqlite3 holds the event loop until it answers, and waits for a lock 50 ms at most. The
 * driver is never ended.
 * @param db the application's own database: drizzle-orm 0.34 or later, over pg or mysql2 0.30 or later
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", drizzleCheck(db));
 */
export const drizzleCheck = (db: DrizzleInstance, options?: DrizzleCheckOptions): Check => {
  const drizzle = drizzleOf(db);
  const driver = driverOf(drizzle);
  const pool = poolClientOf(driver);
  if (pool !== undefined) return sqlCheck("drizzleCheck", pool, options);
  if (isPgClient(driver)) return pgCheck(driver, options);
  if (isMysqlConnection(driver)) return mysql2Check(driver, options);
  return sqlOpaqueCheck("drizzleCheck of this driver", { question: "SELECT 1", ask: (sql) => askOf(drizzle, driver, sql), kindOf }, options);
};

// A synchronous driver holds the event loop for as long as it waits for a lock.
const askOf = (drizzle: Drizzle, driver: unknown, sql: string): unknown =>
  isSqliteDatabase(driver) ? withBusyTimeout(driver, () => ask(drizzle, sql)) : ask(drizzle, sql);

interface Drizzle {
  execute?(sql: string): unknown;
  all(sql: string): unknown;
}

// `$client` came with drizzle-orm 0.34; before it, the session alone held the driver.
const driverOf = (db: unknown): unknown => member(db, "$client") ?? member(member(db, "session"), "client");

const isPgClient = (driver: unknown): driver is PgInstance =>
  hasMethods(driver, ["connect", "query", "end", "on"]) && typeof member(driver, "_queryable") === "boolean";

// That of mysql2/promise wraps one.
const isMysqlConnection = (driver: unknown): driver is Mysql2Instance =>
  hasMethods(driver, ["query", "execute", "end"]) &&
  hasMethods(member(driver, "stream") ?? member(member(driver, "connection"), "stream"), ["destroy"]);

// SQLite's databases have no `execute`.
const ask = (db: Drizzle, sql: string): unknown => (db.execute === undefined ? db.all(sql) : db.execute(sql));

const drizzleOf = (value: unknown): Drizzle => {
  const refuse = (got: string): never => refuseClient("drizzleCheck", wanted, got);
  if (hasMethods(value, ["drizzle"])) return refuse("the drizzle-orm package itself");
  const isDrizzle = hasMethods(value, ["select", "transaction"]) && typeof member(value, "session") === "object";
  if (!isDrizzle || !(hasMethods(value, ["execute"]) || hasMethods(value, ["all"]))) return refuse(described(value));
  return hasMethods(value, ["rollback"]) ? refuse("a transaction") : (value as Drizzle);
};

/** The codes of postgres.js. */
const kindOfCode: Readonly<Record<string, string>> = {
  CONNECTION_CLOSED: "connection lost",
  CONNECTION_DESTROYED: "connection lost",
  CONNECT_TIMEOUT: "timed out",
  CONNECTION_ENDED: "not connected: the client was ended",
};

// A database in this process has no code for it: PGlite, better-sqlite3.
const kindOf = (error: unknown): string | undefined => {
  const code = member(error, "code");
  if (typeof code === "string" && Object.hasOwn(kindOfCode, code)) return `${kindOfCode[code]} (${code})`;
  const isClosed = /PGlite is closed|database connection is not open/.test(String(member(error, "message")));
  return isClosed ? "not connected: the database was closed" : undefined;
};
