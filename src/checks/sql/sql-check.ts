import type { Check, CheckContext, CheckOutcome } from "probekit";
import { failureOf, type KindOf } from "../shared/failure.js";
import { askOnLease, gaveUp, type Lender } from "./lease.js";
import { durationOption, optionsOf, textOption, wordOption } from "../shared/options.js";
import { patienceOf, saturation, stuckAfter, type OnPoolExhausted, type Saturation, type WatchedPool } from "../shared/saturation.js";
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
   * next is asked only after twice the time, then four times … ten minutes at most. Until then each run is an error, and
   * asks the default question instead; where that fails too, the server was away, and the next run after it is back asks at
   * once. @default "SELECT 1", or what the dialect has in its place; it takes no locks, and is asked at every run
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
  /** The client as one that lends connections. */
  lender(): SqlLender;
  /** What its errors mean beyond the common ones. */
  readonly kindOf?: KindOf | undefined;
}

const known = ["onPoolExhausted", "acquireTimeoutMs", "poolStuckAfterMs", "query"];

/**
 * Asks a database the smallest question, on one connection of the application's own pool: all that the SQL checks do.
 * @throws HealthError `invalid-option` or `unknown-option`
 */
export const sqlCheck = (check: string, client: SqlClient, options: SqlCheckOptions | undefined): Check => {
  const given = optionsOf(check, options, known);
  const query = textOption("query", given.query, client.question);
  const asking: Asking = {
    client,
    query,
    lender: client.lender(),
    pool: saturation(wordOption("onPoolExhausted", given.onPoolExhausted, ["warn", "error"], "warn")),
    acquireTimeoutMs: durationOption("acquireTimeoutMs", given.acquireTimeoutMs, 250),
    poolStuckAfterMs: durationOption("poolStuckAfterMs", given.poolStuckAfterMs, undefined),
    spacing: given.query === undefined ? undefined : spacing(),
  };
  return (context) => ask(asking, context);
};

interface Asking {
  readonly client: SqlClient;
  readonly query: string;
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
  let leftMs = Math.ceil(asking.spacing?.leftMs() ?? 0);
  const onConnection = async (connection: object): Promise<void> => {
    leftMs = await askSpaced(asking, connection, signal);
  };
  try {
    const full = await askOnLease(lender, { signal, patienceMs: patienceOf(acquireTimeoutMs, timeoutMs), ask: onConnection });
    const verdict = full === undefined ? pool.over() : pool.exhausted(lender, full, stuckAfter(poolStuckAfterMs, timeoutMs));
    return leftMs === 0 ? verdict : notAsked(asking.spacing, leftMs);
  } catch (error) {
    if (signal.aborted || gaveUp(error)) asking.spacing?.onHung();
    else asking.spacing?.onEnded();
    throw failureOf(error, asking.client.kindOf);
  }
};

/** Asks, unless a query that hung has to wait; resolves with how long, in milliseconds, and else with 0. */
const askSpaced = async ({ client, query, lender, spacing: spaced }: Asking, connection: object, signal: AbortSignal): Promise<number> => {
  if (spaced !== undefined && spaced.hung() > 0) {
    await lender.ask(connection, client.question);
    signal.throwIfAborted();
  }
  const leftMs = Math.ceil(spaced?.leftMs() ?? 0);
  if (leftMs > 0) return leftMs;
  spaced?.onAsked();
  await lender.ask(connection, query);
  signal.throwIfAborted();
  spaced?.onEnded();
  return 0;
};

const notAsked = (spaced: Spacing | undefined, leftMs: number): CheckOutcome => ({
  status: "error",
  message: `not asked: the query hung ${spaced?.hung()} times in a row; it is asked again in ${leftMs} ms`,
});
