import type { Check } from "probekit";
import { knexClientOf, knexLender, questionOf } from "./sql/knex-client.js";
import { sqlCheck, type SqlCheckOptions } from "./sql/sql-check.js";
import { kindOfSqlite } from "./sql/sqlite-failure.js";

export type { SqlCheckOptions } from "./sql/sql-check.js";

/** What `knexCheck` takes: the application's own knex instance. */
export interface KnexInstance {
  readonly client: unknown;
  readonly raw: (...args: never[]) => unknown;
}

/** Options of {@link knexCheck}; `undefined` always means the default. */
export interface KnexCheckOptions extends SqlCheckOptions {}

/**
 * Asks the database behind a knex instance the smallest question, on one connection of its pool.
 *
 * The connection is given back; if the run is aborted first, it is destroyed, and the pool opens another one when it
 * needs it (SQLite and PGlite, which run in this process, get it back when the query ends). Nothing is cancelled over a
 * second connection, and the instance is never destroyed. A connection that the pool can't open fails as the pool does;
 * one that hangs while it is opened is bounded by the pool's `createTimeoutMillis`, as for every other query. better-sqlite3
 * holds the event loop until it answers, and waits for a lock 50 ms at most.
 * @param db the application's own knex instance, knex 2 or 3, of any dialect
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", knexCheck(db));
 */
export const knexCheck = (db: KnexInstance, options?: KnexCheckOptions): Check => {
  const client = knexClientOf(db);
  return sqlCheck("knexCheck", { question: questionOf(client), lender: () => knexLender(client), kindOf: kindOfSqlite }, options);
};
