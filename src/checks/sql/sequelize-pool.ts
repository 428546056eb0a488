import { cut } from "./cut.js";
import { member } from "../shared/duck.js";
import { loansToken } from "./loans.js";
import { openingOnce, type Requested } from "./opening.js";
import { ifFull, type PoolLevel } from "../shared/saturation.js";
import type { SqlLender } from "./sql-check.js";
import { quietly } from "../shared/under-signal.js";

/** The pool of Sequelize 5 and 6, which is sequelize-pool's. */
export interface SequelizePool {
  readonly size: number;
  readonly available: number;
  readonly using: number;
  readonly waiting: number;
  readonly maxSize: number;
  acquire(): PromiseLike<object>;
  release(connection: object): void;
  destroy(connection: object): PromiseLike<void>;
}

/** Asks on one connection of the pool. */
export type AskOn = (connection: object, sql: string) => PromiseLike<unknown>;

/** A pool of Sequelize as one that lends connections, read anew at each run. */
export const sequelizeLender = (poolOf: () => SequelizePool, askOn: AskOn): SqlLender => {
  const giveBack = (connection: object): void => poolOf().release(connection);
  const identity = loansToken(() => listOf(poolOf(), "_inUseObjects"));
  return {
    get identity() {
      return identity();
    },
    notConnected: () => (member(poolOf(), "_draining") === true ? "the Sequelize instance was closed" : undefined),
    request: openingOnce({
      pool: poolOf,
      request: (onLent) => requestFrom(poolOf(), onLent),
      giveBack,
      hasFree: () => poolOf().available > 0,
    }),
    ask: (connection, sql) => driverErrors(askOn(connection, sql)),
    giveBack,
    discard: (connection) => discard(poolOf(), connection),
    full: () => ifFull(levelOf(poolOf())),
    onRelease: () => () => {},
  };
};

const levelOf = (pool: SequelizePool): PoolLevel => ({
  used: pool.using,
  free: pool.available,
  waiting: pool.waiting,
  max: pool.maxSize,
});

const listOf = (pool: unknown, key: string): unknown[] => {
  const list = member(pool, key);
  return Array.isArray(list) ? list : [];
};

// The pool counts the connections that it is still opening among those it has.
const openingOf = ({ size, using, available }: SequelizePool): number => size - using - available;

// One that waits for a connection which is being opened must stay: the pool would open another one for the next. What is
// being opened is out of reach, and keeps its place in the pool: it is waited for as long as the pool itself waits.
const requestFrom = (pool: SequelizePool, onLent: (error: unknown, connection?: object) => void): Requested => {
  const before = openingOf(pool);
  const lent = driverErrors(pool.acquire());
  const isOpening = openingOf(pool) > before;
  const item = pool.waiting > 0 ? listOf(pool, "_pendingAcquires").at(-1) : undefined;
  lent.then((connection) => onLent(undefined, connection), onLent);
  return { withdraw: () => !isOpening && takeOut(pool, item) };
};

// The pool's timer of a request that was taken out would go on: to reject it stops that, and nobody waits any more.
const takeOut = (pool: SequelizePool, item: unknown): boolean => {
  const queue = listOf(pool, "_pendingAcquires");
  const place = item === undefined ? -1 : queue.indexOf(item);
  if (place < 0) return false;
  queue.splice(place, 1);
  quietly(() => (item as { reject(error: Error): void }).reject(new Error("the request was withdrawn")));
  return true;
};

const discard = (pool: SequelizePool, connection: object): void => {
  quietly(() => pool.destroy(connection));
  cut(connection);
};

const driverErrors = async <T>(work: PromiseLike<T>): Promise<T> => {
  try {
    return await work;
  } catch (error) {
    throw driverErrorOf(error);
  }
};

/** The driver's error behind one of Sequelize, or that itself where there is none, in words that name its kind. */
const driverErrorOf = (error: unknown): unknown => {
  if (poolTimeout.test(String(member(error, "message")))) return new Error("connection timeout of the pool", { cause: error });
  const parent = member(error, "parent");
  return typeof parent === "object" && parent !== null ? parent : error;
};

/** What sequelize-pool says of a request that it could not serve. */
const poolTimeout = /^(?:Operation timeout|ResourceRequest timed out)$/;
