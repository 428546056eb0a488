import { cut } from "./cut.js";
import { hasMethods, member, numberOf } from "./duck.js";
import { openingOnce } from "./opening.js";
import { ifFull, type PoolLevel } from "./saturation.js";
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

// The pool counts the connections that it is still opening among those it has.
const opening = (pool: unknown): number => {
  const clients = member(pool, "_clients");
  return Array.isArray(clients) ? clients.filter((client) => member(client, "_connected") === false).length : 0;
};

/** How full a pool of pg is. */
export const pgLevel = (pool: unknown): PoolLevel => ({
  used: numberOf(member(pool, "totalCount")) - numberOf(member(pool, "idleCount")) - opening(pool),
  free: numberOf(member(pool, "idleCount")),
  waiting: numberOf(member(pool, "waitingCount")),
  max: numberOf(member(member(pool, "options"), "max")),
});

/** Tells each release of a pool that is an emitter; `undefined` for any other. */
export const onPoolRelease = (pool: unknown, listener: () => void): (() => void) | undefined => {
  if (!hasMethods(pool, ["on", "removeListener"])) return undefined;
  const emitter = pool as Record<"on" | "removeListener", (event: string, listener: () => void) => unknown>;
  emitter.on("release", listener);
  return () => void emitter.removeListener("release", listener);
};

/** A pool of pg as a client of the SQL checks; it is read anew at each run. */
export const pgPoolClient = (poolOf: () => object): SqlClient => ({
  question: "SELECT 1",
  lender: (sql, onAsk) => lenderOf(poolOf, sql, onAsk),
});

const lenderOf = (poolOf: () => object, sql: string, onAsk?: () => void): SqlLender => {
  const giveBack = (client: object): void => part(client as PgClient, false);
  return {
    get identity() {
      return poolOf();
    },
    notConnected: () => (member(poolOf(), "ending") === true ? "the pool was ended" : undefined),
    request: openingOnce({ request: (onLent) => requestFrom(poolOf() as PgPool, onLent), giveBack }),
    ask: (client) => {
      onAsk?.();
      return (client as PgClient).query(sql);
    },
    giveBack,
    discard: (client) => part(client as PgClient, true),
    full: () => ifFull(pgLevel(poolOf())),
    onRelease: (listener) => onPoolRelease(poolOf(), listener),
  };
};

// A connection that dies while it is lent emits an error, which would end the process if nobody listened.
const ignore = (): void => {};

// The queue's last item is ours if the request made it longer: else a connection is being opened for it.
const requestFrom = (pool: PgPool, onLent: (error: unknown, client?: PgClient) => void): (() => boolean) => {
  const queue = member(pool, "_pendingQueue");
  const before = Array.isArray(queue) ? queue.length : 0;
  pool.connect((error, client) => {
    client?.on("error", ignore);
    onLent(error, client);
  });
  const item: unknown = Array.isArray(queue) && queue.length > before ? queue.at(-1) : undefined;
  return () => {
    const place = item === undefined ? -1 : (queue as unknown[]).indexOf(item);
    if (place >= 0) (queue as unknown[]).splice(place, 1);
    return place >= 0;
  };
};

// Released before it is cut: the pool then expects its end, and says nothing of it.
const part = (client: PgClient, discard: boolean): void => {
  client.removeListener("error", ignore);
  client.release(discard);
  if (discard) cut(client);
};
