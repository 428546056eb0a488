import { hasMethods, member, numberOf } from "../shared/duck.js";
import type { Lease } from "./lease.js";
import { isMysqlPool, mysqlLevel, mysqlRequested, mysqlTurnover } from "./mysql-pool.js";
import { openingOnce, type Requested } from "./opening.js";
import { isPgPool, pgLevel, pgRequested } from "./pg-pool.js";
import { onPoolRelease } from "../shared/pool-release.js";
import { ifFull, type PoolLevel, type WatchedPool } from "../shared/saturation.js";

/** What the pools of a knex client need of it; the pool is read anew each time, because `initialize()` makes another one. */
export interface KnexPools {
  readonly pool?: unknown;
  acquireConnection(): PromiseLike<object>;
  releaseConnection(connection: object): unknown;
}

/** The pool behind a knex client. */
export interface KnexPool extends WatchedPool {
  request(): Lease<object>;
  full(): PoolLevel | undefined;
  /** Whether it forgets a connection by itself as soon as that is cut. */
  forgets(): boolean;
}

/** knex's own pool, tarn's, or the driver's that knex 3.3 was given as `connectionPool`. */
export const knexPool = (client: KnexPools): KnexPool => {
  const watched = (): unknown => (isTarn(client.pool) ? client.pool : member(member(client, "config"), "connectionPool"));
  const turnover = mysqlTurnover(() => watched() as object);
  const giveBack = (connection: object): unknown => client.releaseConnection(connection);
  const requestDriver = openingOnce({
    pool: watched,
    request: (onLent) => requestFromDriver(client, watched(), onLent),
    giveBack,
    hasFree: () => (levelOf(watched())?.free ?? 0) > 0,
  });
  return {
    get identity() {
      return isMysqlPool(watched()) ? turnover() : client.pool;
    },
    request: () => (isTarn(client.pool) ? requestFromTarn(client.pool) : requestDriver()),
    full: () => ifFull(levelOf(watched())),
    forgets: () => isMysqlPool(watched()),
    onRelease: (listener) => onPoolRelease(watched(), listener),
  };
};

interface Tarn {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
  acquire(): PendingRequest;
}

interface PendingRequest {
  readonly promise: PromiseLike<object>;
  abort?(): void;
}

const isTarn = (pool: unknown): pool is Tarn => hasMethods(pool, ["acquire", "numUsed", "numFree", "numPendingAcquires"]);

const levelOf = (pool: unknown): PoolLevel | undefined => {
  if (isTarn(pool)) return tarnLevel(pool);
  if (isMysqlPool(pool)) return mysqlLevel(pool);
  return isPgPool(pool) ? pgLevel(pool) : undefined;
};

const tarnLevel = (pool: Tarn): PoolLevel => ({
  used: pool.numUsed(),
  free: pool.numFree(),
  waiting: pool.numPendingAcquires(),
  max: numberOf(member(pool, "max")),
});

// knex's own acquireConnection hides the pending request of the pool, which alone can be withdrawn.
const requestFromTarn = (pool: Tarn): Lease<object> => {
  const pending = pool.acquire();
  return { connection: pending.promise, withdraw: () => withdraw(pool, pending) };
};

// tarn loses the connection of a request that is aborted while the pool is handing it over. One that still stands in the
// queue is taken out of it first; any other gets its connection at once, and that is given back.
const withdraw = (pool: Tarn, pending: PendingRequest): void => {
  const queue = member(pool, "pendingAcquires");
  const place = Array.isArray(queue) ? queue.indexOf(pending) : -1;
  if (place < 0) return;
  (queue as unknown[]).splice(place, 1);
  pending.abort?.();
};

// knex puts the request to the driver's pool at once, and waits for as long as that lasts.
const requestFromDriver = (client: KnexPools, driver: unknown, onLent: (error: unknown, connection?: object) => void): Requested => {
  const { pool } = client;
  const requested = requestedOf(driver);
  const lent = hasMethods(pool, ["acquire"]) ? (pool as Pick<Tarn, "acquire">).acquire().promise : client.acquireConnection();
  lent.then((connection) => onLent(undefined, connection), onLent);
  return requested?.() ?? { withdraw: () => false };
};

const requestedOf = (driver: unknown): (() => Requested) | undefined => {
  if (isMysqlPool(driver)) return mysqlRequested(driver);
  return isPgPool(driver) ? pgRequested(driver) : undefined;
};
