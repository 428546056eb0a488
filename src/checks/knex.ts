import type { Check, CheckContext, CheckOutcome } from "probekit";
import { failureOf } from "./shared/failure.js";
import { knexClientOf, knexLender, questionOf, type KnexLender } from "./shared/knex-client.js";
import { askOnLease } from "./shared/lease.js";
import { durationOption, optionsOf, textOption, wordOption } from "./shared/options.js";
import { patienceOf, saturation, stuckAfter, type OnPoolExhausted, type Saturation } from "./shared/saturation.js";
import { spacing, type Spacing } from "./shared/spacing.js";

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
   * How long a full pool is given to lend a connection before the check says that it is exhausted; at most half of the
   * check's `timeoutMs`, lest that answers first. 1 to 2147483647. @default 250
   */
  readonly acquireTimeoutMs?: number | undefined;
  /** How long a full pool may release nothing before it is stuck, an error. 1 to 2147483647. @default ten times the check's `timeoutMs` */
  readonly poolStuckAfterMs?: number | undefined;
  /**
   * The question asked. One that hangs, on a lock for example, goes on in the server after its connection is cut: so the
   * next is asked only after twice the time, then four times … ten minutes at most. @default "SELECT 1", or what the
   * dialect has in its place; it takes no locks, and is asked at every run
   */
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
  const query = textOption("query", given.query, questionOf(client));
  const spaced = given.query === undefined ? undefined : spacing();
  const asking: Asking = {
    lender: knexLender(client, query, spaced?.onAsked),
    pool: saturation(wordOption("onPoolExhausted", given.onPoolExhausted, ["warn", "error"], "warn")),
    acquireTimeoutMs: durationOption("acquireTimeoutMs", given.acquireTimeoutMs, 250),
    poolStuckAfterMs: durationOption("poolStuckAfterMs", given.poolStuckAfterMs, undefined),
    spacing: spaced,
  };
  return (context) => ask(asking, context);
};

interface Asking {
  readonly lender: KnexLender;
  readonly pool: Saturation;
  readonly acquireTimeoutMs: number;
  readonly poolStuckAfterMs: number | undefined;
  /** Of the application's own query, which may wait on a lock; the smallest question takes none. */
  readonly spacing: Spacing | undefined;
}

const ask = async (asking: Asking, { signal, timeoutMs }: CheckContext): Promise<CheckOutcome> => {
  const { lender, pool, acquireTimeoutMs, poolStuckAfterMs } = asking;
  if (lender.isClosing()) return { status: "error", message: "not connected: the knex instance is being destroyed" };
  const spaced = asking.spacing && waits(asking.spacing);
  if (spaced) return spaced;
  try {
    const full = await askOnLease(lender, signal, patienceOf(acquireTimeoutMs, timeoutMs));
    asking.spacing?.onEnded();
    return full === undefined ? pool.over() : pool.exhausted(lender, full, stuckAfter(poolStuckAfterMs, timeoutMs));
  } catch (error) {
    if (signal.aborted) asking.spacing?.onAborted();
    else asking.spacing?.onEnded();
    throw failureOf(error);
  }
};

const waits = (spaced: Spacing): CheckOutcome => {
  const leftMs = Math.ceil(spaced.leftMs());
  if (leftMs === 0) return undefined;
  return { status: "error", message: `not asked: the query hung ${spaced.hung()} times in a row; it is asked again in ${leftMs} ms` };
};
