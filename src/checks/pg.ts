import type { Check } from "probekit";
import { currentOf } from "./shared/current.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { isPgPool, pgPoolClient } from "./sql/pg-pool.js";
import { sqlCheck, type SqlCheckOptions } from "./sql/sql-check.js";
import { sqlConnectionCheck } from "./sql/sql-connection.js";

export type { SqlCheckOptions } from "./sql/sql-check.js";

/** What `pgCheck` takes of pg: the application's own `Pool`, or a `Client` of its own. */
export interface PgInstance {
  readonly connect: (...args: never[]) => unknown;
  readonly query: (...args: never[]) => unknown;
  readonly end: (...args: never[]) => unknown;
}

/** Options of {@link pgCheck}; `undefined` always means the default. A `Client` has `query` alone. */
export interface PgCheckOptions extends SqlCheckOptions {}

const question = "SELECT 1";

const wanted = "a Pool of pg 8 or a Client of pg 8.3 or newer, or a function that returns the present Client";

/**
 * Asks PostgreSQL `SELECT 1` through pg.
 *
 * Of a pool it takes one connection, and gives it back; if the run is aborted first, that connection is destroyed, and
 * the pool opens another one when it needs it. Nothing is cancelled over a second connection, and the pool is never
 * ended. A connection that hangs while it is opened is waited for by the next run, unless another is free, and cut after
 * five seconds (then ten, at most sixty) to open another one. pg itself waits for one for ever: set the pool's
 * `connectionTimeoutMillis`.
 *
 * A `Client` is one connection, and the application's: it is asked in turn with everything else, at most one question is
 * out, and it is never cut. While it is busy with a long query of the application, the check times out. In a transaction
 * that has failed the server refuses `SELECT 1`, and is alive; a `query` of your own that fails within the application's
 * transaction aborts that. pg never connects a `Client` twice: hand over a function where the application replaces it.
 * @param db a pool, a client, or a function that returns the present client
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", pgCheck(pool));
 */
export const pgCheck = (db: PgInstance | (() => PgInstance | undefined), options?: PgCheckOptions): Check => {
  if (isPgPool(db) && member(db, "_expired") === undefined) return refuseClient("pgCheck", wanted, "a Pool of pg 7 or older");
  if (isPgPool(db)) return sqlCheck("pgCheck", pgPoolClient(() => db), options);
  const current = currentOf(db, isClient, pgClientOf);
  return sqlConnectionCheck("pgCheck of a Client", { question, current, notConnected, ask }, options);
};

interface PgClient {
  query(sql: string): PromiseLike<unknown>;
}

const isClient = (value: unknown): boolean => hasMethods(value, ["connect", "query", "end", "on"]);

const pgClientOf = (value: unknown): PgClient => {
  if (hasMethods(value, ["Pool", "Client"])) return refuseClient("pgCheck", wanted, "the pg package itself");
  if (!isClient(value) || typeof member(value, "_queryable") !== "boolean") return refuseClient("pgCheck", wanted, described(value));
  // The protocol is read by a package of its own since pg 8.3; nothing else tells a Client of pg 7, which connects on no Node of today.
  if (hasMethods(member(value, "connection"), ["parseMessage"])) return refuseClient("pgCheck", wanted, "a Client of pg older than 8.3");
  return value as PgClient;
};

/** in_failed_sql_transaction: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const inFailedTransaction = "25P02";

const ask = async (client: PgClient, sql: string): Promise<void> => {
  try {
    await client.query(sql);
  } catch (error) {
    if (sql !== question || member(error, "code") !== inFailedTransaction) throw error;
  }
};

// A client that is connecting answers as soon as it is connected; the other states are final.
const notConnected = (client: PgClient): string | undefined => {
  if (member(client, "_ending") === true || member(client, "_ended") === true) return "the client was ended, or its connection was lost";
  if (member(client, "_queryable") === false) return "the connection was lost";
  const isComing = member(client, "_connected") === true || member(client, "_connecting") === true;
  return isComing ? undefined : "connect() was not called on the client";
};
