import type { Check, CheckOutcome } from "probekit";
import { failureOf } from "./shared/failure.js";
import { knexClientOf, knexLender, questionOf, type KnexLender } from "./shared/knex-client.js";
import { askOnLease } from "./shared/lease.js";
import { durationOption, optionsOf, textOption, wordOption } from "./shared/options.js";
import { saturation, type OnPoolExhausted, type Saturation } from "./shared/saturation.js";

/** What `knexCheck` takes: the application's own knex instance. */
export interface KnexInstance {
  readonly client: unknown;
  readonly raw: (...args: never[]) => unknown;
}

/** Options of {@link knexCheck}; `undefined` always means the default. */
export interface KnexCheckOptions {
  /**
   * What a pool is to the check when all its connections are in use: a load peak that fills every replica's pool must
   * not take them all out of service at once. @default "warn"
   */
  readonly onPoolExhausted?: OnPoolExhausted | undefined;
  /**
   * How long a full pool is given to lend a connection before the check says that it is exhausted. Keep it below the
   * check's `timeoutMs`, or the run's timeout answers first. 1 to 2147483647. @default 250
   */
  readonly acquireTimeoutMs?: number | undefined;
  /** How long a full pool may release nothing before it is stuck, an error. 1 to 2147483647. @default 5000, ten default timeouts */
  readonly poolStuckAfterMs?: number | undefined;
  /** The question asked. @default "SELECT 1", or what the dialect has in its place */
  readonly query?: string | undefined;
}

const known = ["onPoolExhausted", "acquireTimeoutMs", "poolStuckAfterMs", "query"];

/**
 * Asks the database behind a knex instance the smallest question, on one connection of its pool.
 *
 * The connection is given back; if the run is aborted first, it is destroyed, and the pool opens another one when it
 * needs it (SQLite and PGlite, which run in this process, get it back when the query ends). Nothing is cancelled over a
 * second connection, and the instance is never destroyed. A connection that the pool can't open fails as the pool does;
 * one that hangs while it is opened is bounded by the pool's `createTimeoutMillis`, as for every other query.
 * @param db the application's own knex instance, knex 2 or 3, of any dialect
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", knexCheck(db));
 */
export const knexCheck = (db: KnexInstance, options?: KnexCheckOptions): Check => {
  const client = knexClientOf(db);
  const given = optionsOf("knexCheck", options, known);
  const onPoolExhausted = wordOption("onPoolExhausted", given.onPoolExhausted, ["warn", "error"], "warn");
  const patienceMs = durationOption("acquireTimeoutMs", given.acquireTimeoutMs, 250);
  const pool = saturation(onPoolExhausted, durationOption("poolStuckAfterMs", given.poolStuckAfterMs, 5000));
  const lender = knexLender(client, textOption("query", given.query, questionOf(client)));
  return ({ signal }) => ask(lender, pool, signal, patienceMs);
};

const ask = async (lender: KnexLender, pool: Saturation, signal: AbortSignal, patienceMs: number): Promise<CheckOutcome> => {
  if (lender.isClosing()) return { status: "error", message: "not connected: the knex instance is being destroyed" };
  try {
    const full = await askOnLease(lender, signal, patienceMs);
    return full === undefined ? pool.over() : pool.exhausted(lender, full);
  } catch (error) {
    throw failureOf(error);
  }
};
