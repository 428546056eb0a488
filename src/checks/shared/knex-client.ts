import { cut } from "./cut.js";
import { described, hasMethods, member, refuseClient } from "./duck.js";
import type { Lease } from "./lease.js";
import { onPoolRelease, pgLevel } from "./pg-pool.js";
import { ifFull, type PoolLevel } from "./saturation.js";
import type { SqlLender } from "./sql-check.js";

/** What the check uses of a knex client; the same in knex 2 and 3. */
interface KnexClient {
  readonly pool?: unknown;
  acquireConnection(): PromiseLike<object>;
  releaseConnection(connection: object): unknown;
  query(connection: object, query: { sql: string; bindings: unknown[]; method: "raw"; options: object }): PromiseLike<unknown>;
}

const methods = ["acquireConnection", "releaseConnection", "query"];
const wanted = "a knex instance, as knex({ … }) returns it (knex 2 or 3)";

/** The client of a knex instance. @throws HealthError `invalid-client` for anything else */
export const knexClientOf = (db: unknown): KnexClient => {
  if (typeof db === "function" && member(db, "isTransaction") === true) return refuseClient("knexCheck", wanted, "a transaction");
  if (hasMethods(db, ["Client", "default"])) return refuseClient("knexCheck", wanted, "the knex package itself");
  const client = typeof db === "function" ? member(db, "client") : undefined;
  if (!hasMethods(client, methods)) return refuseClient("knexCheck", wanted, described(db));
  const isOld = member(client, "pool") !== undefined && hasMethods(member(client, "pool"), ["borrow", "acquire"]);
  return isOld ? refuseClient("knexCheck", wanted, "a knex of an old major") : (client as KnexClient);
};

/** Dialects that can't answer `SELECT 1`. */
const questions: readonly (readonly [RegExp, string])[] = [
  [/oracle/i, "select 1 from DUAL"],
  [/firebird/i, "select 1 from RDB$DATABASE"],
  [/db2|ibmi/i, "select 1 from SYSIBM.SYSDUMMY1"],
  [/hdb|hana/i, "select 1 from DUMMY"],
];

const dialectOf = (client: KnexClient): string => `${String(member(client, "dialect"))} ${String(member(client, "driverName"))}`;

/** The smallest question of a client's dialect. */
export const questionOf = (client: KnexClient): string => {
  const dialect = dialectOf(client);
  return questions.find(([pattern]) => pattern.test(dialect))?.[1] ?? "SELECT 1";
};

/** A knex client as one that lends connections. The pool is read anew each time: `initialize()` makes another one. */
export const knexLender = (client: KnexClient, sql: string, onAsk?: () => void): SqlLender => {
  let unanswered = 0;
  // A database in this process has no wire to get out of step, and may live no longer than its one connection.
  const afterAnswer = async (connection: object, question: Promise<unknown>): Promise<void> => {
    unanswered += 1;
    await question.catch(() => {});
    unanswered -= 1;
    client.releaseConnection(connection);
  };
  return {
    get identity() {
      return client.pool;
    },
    notConnected: () => (member(client.pool, "destroyed") === true ? "the knex instance is being destroyed" : undefined),
    request: () => requestFrom(client),
    ask: (connection) => {
      onAsk?.();
      return client.query(connection, { sql, bindings: [], method: "raw", options: {} });
    },
    giveBack: (connection) => client.releaseConnection(connection),
    discard: (connection, question) => (isInProcess(client, connection) ? afterAnswer(connection, question) : destroy(client, connection)),
    // What the check's own question fills is not a load peak.
    full: () => (unanswered > 0 ? undefined : ifFull(levelOf(client))),
    onRelease: (listener) => onPoolRelease(watchable(client), listener),
  };
};

// knex's own acquireConnection hides the pending request of the pool, which alone can be withdrawn.
const requestFrom = (client: KnexClient): Lease<object> => {
  const pool = client.pool;
  if (!hasMethods(pool, ["acquire"])) return { connection: client.acquireConnection(), withdraw: () => {} };
  const pending = (pool as { acquire(): PendingRequest }).acquire();
  return { connection: pending.promise, withdraw: () => withdraw(pool, pending) };
};

interface PendingRequest {
  readonly promise: PromiseLike<object>;
  abort?(): void;
}

// tarn loses the connection of a request that is aborted while the pool is handing it over. One that still stands in the
// queue is taken out of it first; any other gets its connection at once, and that is given back.
const withdraw = (pool: unknown, pending: PendingRequest): void => {
  const queue = member(pool, "pendingAcquires");
  const place = Array.isArray(queue) ? queue.indexOf(pending) : -1;
  if (place < 0) return;
  (queue as unknown[]).splice(place, 1);
  pending.abort?.();
};

// knex's pool asks for this mark before it lends a connection out, and replaces one that has it.
const mark = "__knex__disposed";

const destroy = (client: KnexClient, connection: object): unknown => {
  (connection as Record<string, unknown>)[mark] = "discarded: a health check's query did not end in time";
  cut(connection);
  return client.releaseConnection(connection);
};

const isInProcess = (client: KnexClient, connection: object): boolean =>
  /sqlite|pglite/i.test(dialectOf(client)) || hasMethods(connection, ["execProtocol"]);

/** The pool whose level shows: knex's own, or the driver's that knex 3.3 was given as `connectionPool`. */
const watchable = (client: KnexClient): unknown =>
  hasMethods(client.pool, ["numUsed"]) ? client.pool : member(member(client, "config"), "connectionPool");

const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

const levelOf = (client: KnexClient): PoolLevel | undefined => {
  const pool = watchable(client);
  if (hasMethods(pool, ["numUsed", "numFree", "numPendingAcquires"])) return tarnLevel(pool as TarnPool);
  return typeof member(pool, "totalCount") === "number" ? pgLevel(pool) : undefined;
};

interface TarnPool {
  numUsed(): number;
  numFree(): number;
  numPendingAcquires(): number;
}

const tarnLevel = (pool: TarnPool): PoolLevel => ({
  used: pool.numUsed(),
  free: pool.numFree(),
  waiting: pool.numPendingAcquires(),
  max: numberOf(member(pool, "max")),
});
