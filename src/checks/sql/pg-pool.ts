import { cut } from "./cut.js";
import { hasMethods, member, numberOf } from "../shared/duck.js";
import { openingOnce, type Requested } from "./opening.js";
import { onPoolRelease } from "../shared/pool-release.js";
import { ifFull, type PoolLevel } from "../shared/saturation.js";
import type { SqlClient, SqlLender } from "./sql-check.js";

/** A pool of pg, as far as the check uses it. */
interface PgPool {
  connect(callback: (error: unknown, client: PgClient | undefined) => void): void;
}

interface PgClient {
  query(sql: string): PromiseLike<unknown>;
  release(discard?: boolean): void;
  on(event: "error", listener: () => void): unknown;
  removeListener(event: "error", listener: () => void): unknown;
}

/** Whether something is a pool of pg 8, by its shape. */
export const isPgPool = (value: unknown): value is object =>
  hasMethods(value, ["connect", "query", "end", "on", "removeListener"]) && typeof member(value, "totalCount") === "number";

const listOf = (pool: unknown, key: string): unknown[] => {
  const list = member(pool, key);
  return Array.isArray(list) ? list : [];
};

// The pool counts the connections that it is still opening among those it has.
const opening = (pool: unknown): number => listOf(pool, "_clients").filter((client) => member(client, "_connected") === false).length;

/** How full a pool of pg is. */
export const pgLevel = (pool: unknown): PoolLevel => ({
  used: numberOf(member(pool, "totalCount")) - numberOf(member(pool, "idleCount")) - opening(pool),
  free: numberOf(member(pool, "idleCount")),
  waiting: numberOf(member(pool, "waitingCount")),
  max: numberOf(member(member(pool, "options"), "max")),
});

/** A pool of pg as a client of the SQL checks; it is read anew at each run. */
export const pgPoolClient = (poolOf: () => object): SqlClient => ({ question: "SELECT 1", lender: () => lenderOf(poolOf) });

const lenderOf = (poolOf: () => object): SqlLender => {
  const giveBack = (client: object): void => part(client as PgClient, false);
  return {
    get identity() {
      return poolOf();
    },
    notConnected: () => (member(poolOf(), "ending") === true ? "the pool was ended" : undefined),
    request: openingOnce({
      pool: poolOf,
      request: (onLent) => requestFrom(poolOf() as PgPool, onLent),
      giveBack,
      hasFree: () => pgLevel(poolOf()).free > 0,
    }),
    ask: (client, sql) => (client as PgClient).query(sql),
    giveBack,
    discard: (client) => part(client as PgClient, true),
    full: () => ifFull(pgLevel(poolOf())),
    onRelease: (listener) => onPoolRelease(poolOf(), listener),
  };
};

// A connection that dies while it is lent emits an error, which would end the process if nobody listened.
const ignore = (): void => {};

const requestFrom = (pool: PgPool, onLent: (error: unknown, client?: PgClient) => void): Requested => {
  const requested = pgRequested(pool);
  pool.connect((error, client) => {
    client?.on("error", ignore);
    onLent(error, client);
  });
  return requested();
};

/**
 * Call it before a request is put to a pool of pg, and what it returns just after. The queue's last item is that request if
 * it made the queue longer: else a connection is being opened for it, the pool's last.
 */
export const pgRequested = (pool: object): (() => Requested) => {
  const queue = listOf(pool, "_pendingQueue");
  const [waiting, open] = [queue.length, listOf(pool, "_clients").length];
  return () => {
    const item = queue.length > waiting ? queue.at(-1) : undefined;
    const clients = listOf(pool, "_clients");
    const opened = clients.length > open ? clients.at(-1) : undefined;
    return { withdraw: () => takeOut(queue, item), cut: () => cut(opened) };
  };
};

const takeOut = (queue: unknown[], item: unknown): boolean => {
  const place = item === undefined ? -1 : queue.indexOf(item);
  if (place >= 0) queue.splice(place, 1);
  return place >= 0;
};

// Released before it is cut: the pool then expects its end, and says nothing of it.
const part = (client: PgClient, discard: boolean): void => {
  client.removeListener("error", ignore);
  client.release(discard);
  if (discard) cut(client);
};
