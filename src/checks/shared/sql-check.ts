import type { Check, CheckContext, CheckOutcome } from "probekit";
import { failureOf } from "./failure.js";
import { askOnLease, type Lender } from "./lease.js";
import { durationOption, optionsOf, textOption, wordOption } from "./options.js";
import { patienceOf, saturation, stuckAfter, type OnPoolExhausted, type Saturation, type WatchedPool } from "./saturation.js";
import { spacing, type Spacing } from "./spacing.js";

/** Options of a check that asks a database behind a pool; `undefined` always means the default. */
export interface SqlCheckOptions {
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

/** A client with a pool, as the check sees it, whichever library it is of. */
export interface SqlLender extends Lender<object>, WatchedPool {
  /** Why no connection can be had from it at all; `undefined` while one may be. */
  notConnected(): string | undefined;
}

/** What a check knows of its client. */
export interface SqlClient {
  /** The smallest question of its dialect. */
  readonly question: string;
  /** The client as one that lends connections and asks `sql` on them; `onAsk` is called when that is sent. */
  lender(sql: string, onAsk?: () => void): SqlLender;
}

const known = ["onPoolExhausted", "acquireTimeoutMs", "poolStuckAfterMs", "query"];

/**
 * Asks a database the smallest question, on one connection of the application's own pool: all that the SQL checks do.
 * @throws HealthError `invalid-option` or `unknown-option`
 */
export const sqlCheck = (check: string, client: SqlClient, options: SqlCheckOptions | undefined): Check => {
  const given = optionsOf(check, options, known);
  const query = textOption("query", given.query, client.question);
  const spaced = given.query === undefined ? undefined : spacing();
  const asking: Asking = {
    lender: client.lender(query, spaced?.onAsked),
    pool: saturation(wordOption("onPoolExhausted", given.onPoolExhausted, ["warn", "error"], "warn")),
    acquireTimeoutMs: durationOption("acquireTimeoutMs", given.acquireTimeoutMs, 250),
    poolStuckAfterMs: durationOption("poolStuckAfterMs", given.poolStuckAfterMs, undefined),
    spacing: spaced,
  };
  return (context) => ask(asking, context);
};

interface Asking {
  readonly lender: SqlLender;
  readonly pool: Saturation;
  readonly acquireTimeoutMs: number;
  readonly poolStuckAfterMs: number | undefined;
  /** Of the application's own query, which may wait on a lock; the smallest question takes none. */
  readonly spacing: Spacing | undefined;
}

const ask = async (asking: Asking, { signal, timeoutMs }: CheckContext): Promise<CheckOutcome> => {
  const { lender, pool, acquireTimeoutMs, poolStuckAfterMs } = asking;
  const why = lender.notConnected();
  if (why !== undefined) return { status: "error", message: `not connected: ${why}` };
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
