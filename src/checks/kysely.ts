import type { Check } from "probekit";
import { hiddenPoolCheck, type HiddenPoolOptions } from "./sql/driver-pool.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";

export type { HiddenPoolOptions } from "./sql/driver-pool.js";

/** What `kyselyCheck` takes: the application's own Kysely instance. */
export interface KyselyInstance {
  readonly executeQuery: (...args: never[]) => unknown;
  readonly getExecutor: (...args: never[]) => unknown;
  readonly destroy: (...args: never[]) => unknown;
}

/** Options of {@link kyselyCheck}; `undefined` always means the default. */
export interface KyselyCheckOptions extends HiddenPoolOptions {}

const wanted = "a Kysely instance, as new Kysely({ dialect }) makes it";

/**
 * Asks the database behind a Kysely instance `SELECT 1`.
 *
 * Kysely hides the pool of its dialect. Hand that pool over as `pool`, and it is asked itself, as `pgCheck` and
 * `mysql2Check` do: a full pool warns, and a connection that hangs is discarded. Without it the question goes through
 * `db.executeQuery`, which can't be interrupted: a run that times out leaves its question there, the next waits for the
 * same one, and a full pool can't be told from a server that hangs. A question that gets no answer for ten timeouts is
 * given up, and another one is asked; a pool that calls itself exhausted for as long is stuck, an error. The instance is
 * never destroyed.
 *
 * SQLite behind Kysely holds the event loop until it answers: for as long as the application itself waits for a lock (five
 * seconds in better-sqlite3) where another process has one. Check such a database with `sqliteCheck`, which waits 50 ms.
 *
 * Kysely leaves a connection of pg that it has taken without a listener, so that one which dies while it is asked ends
 * the process, as for every other query of Kysely: hand the pool over, or listen to the errors of its clients
 * (`pool.on("connect", (client) => client.on("error", …))`).
 * @param db the application's own Kysely instance (0.26 or later), of any dialect
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", kyselyCheck(db, { pool }));
 */
export const kyselyCheck = (db: KyselyInstance, options?: KyselyCheckOptions): Check => {
  const kysely = kyselyOf(db);
  const ask = (sql: string): PromiseLike<unknown> => kysely.executeQuery(compiled(sql));
  return hiddenPoolCheck("kyselyCheck", { question: "SELECT 1", ask, kindOf: destroyed }, options);
};

interface Kysely {
  executeQuery(query: object): PromiseLike<unknown>;
}

const kyselyOf = (db: unknown): Kysely => {
  if (hasMethods(db, ["Kysely"])) return refuseClient("kyselyCheck", wanted, "the kysely package itself");
  if (!hasMethods(db, ["executeQuery", "getExecutor", "selectFrom", "destroy"])) return refuseClient("kyselyCheck", wanted, described(db));
  return member(db, "isTransaction") === true ? refuseClient("kyselyCheck", wanted, "a transaction") : (db as Kysely);
};

/** What `CompiledQuery.raw(sql)` returns. */
const compiled = (sql: string): object => ({
  sql,
  parameters: [],
  query: { kind: "RawNode", sqlFragments: [sql], parameters: [] },
  queryId: { queryId: "probekit" },
});

const destroyed = (error: unknown): string | undefined => {
  const isDestroyed = /driver has already been destroyed/.test(String(member(error, "message")));
  return isDestroyed ? "not connected: the Kysely instance was destroyed" : undefined;
};
