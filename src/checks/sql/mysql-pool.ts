import { cut } from "./cut.js";
import { hasMethods, member, numberOf } from "../shared/duck.js";
import { loansToken } from "./loans.js";
import { openingOnce, type Requested } from "./opening.js";
import { onPoolRelease } from "../shared/pool-release.js";
import { ifFull, type PoolLevel } from "../shared/saturation.js";
import type { SqlClient, SqlLender } from "./sql-check.js";

type Answered = (error: unknown) => void;

/** A connection of mysql2, of a pool or not; never that of `mysql2/promise`, which wraps one. */
export interface MysqlConnection {
  query(sql: string, answered: Answered): unknown;
}

/** A pool of mysql2, as far as the check uses it; never that of `mysql2/promise`, which wraps one. */
interface MysqlPool {
  getConnection(callback: (error: unknown, connection?: Lent) => void): void;
}

interface Lent extends MysqlConnection {
  release(): void;
}

/** The queues of a pool: a ring, or a denque in older versions. */
interface Ring {
  readonly length: number;
  get(index: number): unknown;
  removeOne(index: number): unknown;
}

const isRing = (value: unknown): value is Ring => hasMethods(value, ["get", "removeOne"]);

const isCore = (value: unknown): value is object =>
  hasMethods(value, ["getConnection", "query", "execute", "on", "removeListener"]) &&
  isRing(member(value, "_connectionQueue")) &&
  typeof member(member(value, "config"), "maxIdle") === "number";

/** Whether something is a pool of mysql2 3.1 or newer, or the one of `mysql2/promise`, by its shape. */
export const isMysqlPool = (value: unknown): value is object =>
  isCore(value) || (hasMethods(value, ["getConnection", "query", "execute"]) && isCore(member(value, "pool")));

const coreOf = (pool: object): object => (isCore(pool) ? pool : (member(pool, "pool") as object));

const listOf = (pool: unknown, key: string): unknown[] => {
  const ring = member(pool, key);
  return isRing(ring) ? Array.from({ length: ring.length }, (_, index) => ring.get(index)) : [];
};

// The pool counts the connections that it is still opening among those it has.
const isOpening = (connection: unknown): boolean => member(connection, "_handshakePacket") === null;

/** How full a pool of mysql2 is. */
export const mysqlLevel = (pool: object): PoolLevel => {
  const core = coreOf(pool);
  const open = listOf(core, "_allConnections").filter((connection) => !isOpening(connection)).length;
  const free = listOf(core, "_freeConnections").length;
  return {
    used: open - free,
    free,
    waiting: listOf(core, "_connectionQueue").length,
    max: numberOf(member(member(core, "config"), "connectionLimit")),
  };
};

/**
 * Another token each time that a connection has been given back. The pool says nothing of one that it hands to the next
 * in its queue, yet notes the time of each.
 */
export const mysqlTurnover = (poolOf: () => object): (() => object) => {
  const loanOf = (connection: unknown): string => `${member(connection, "_internalId")} ${member(connection, "lastActiveTime")}`;
  return loansToken(() => listOf(coreOf(poolOf()), "_allConnections").map(loanOf));
};

/** A pool of mysql2 as a client of the SQL checks; it is read anew at each run. */
export const mysqlPoolClient = (poolOf: () => object): SqlClient => ({
  question: "SELECT 1",
  lender: () => lenderOf(() => coreOf(poolOf())),
});

const lenderOf = (poolOf: () => object): SqlLender => {
  const identity = mysqlTurnover(poolOf);
  const giveBack = (connection: object): void => (connection as Lent).release();
  return {
    get identity() {
      return identity();
    },
    notConnected: () => (member(poolOf(), "_closed") === true ? "the pool was ended" : undefined),
    request: openingOnce({
      pool: poolOf,
      request: (onLent) => requestFrom(poolOf() as MysqlPool, onLent),
      giveBack,
      hasFree: () => mysqlLevel(poolOf()).free > 0,
    }),
    ask: (connection, sql) => askMysql(connection as Lent, sql),
    giveBack,
    // The pool forgets it when its socket is closed. A connection's own `destroy` would leave its commands unanswered,
    // and with them a pool that is just being ended.
    discard: (connection) => cut(connection),
    full: () => ifFull(mysqlLevel(poolOf())),
    onRelease: (listener) => onPoolRelease(poolOf(), listener),
  };
};

/** A question on one connection, as a promise. */
export const askMysql = (connection: MysqlConnection, sql: string): Promise<void> =>
  new Promise((resolve, reject) => {
    connection.query(sql, (error) => (error ? reject(error as Error) : resolve()));
  });

const requestFrom = (pool: MysqlPool, onLent: (error: unknown, connection?: Lent) => void): Requested => {
  const requested = mysqlRequested(pool);
  pool.getConnection(onLent);
  return requested();
};

/**
 * Call it before a request is put to a pool of mysql2, and what it returns just after. The queue's last item is that request
 * if it made the queue longer: else a connection is being opened for it, the pool's last.
 */
export const mysqlRequested = (pool: object): (() => Requested) => {
  const core = coreOf(pool);
  const [waiting, open] = [listOf(core, "_connectionQueue").length, listOf(core, "_allConnections").length];
  return () => {
    const [queue, connections] = [listOf(core, "_connectionQueue"), listOf(core, "_allConnections")];
    const item = queue.length > waiting ? queue.at(-1) : undefined;
    const opened = connections.length > open ? connections.at(-1) : undefined;
    return { withdraw: () => takeOut(core, item), cut: () => cut(opened) };
  };
};

const takeOut = (pool: object, item: unknown): boolean => {
  const place = item === undefined ? -1 : listOf(pool, "_connectionQueue").indexOf(item);
  if (place >= 0) (member(pool, "_connectionQueue") as Ring).removeOne(place);
  return place >= 0;
};
