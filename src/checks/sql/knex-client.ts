import { cut } from "./cut.js";
import { questionOfDialect } from "./dialect-question.js";
import { described, hasMethods, member, refuseClient } from "../shared/duck.js";
import { knexPool, type KnexPools } from "./knex-pool.js";
import type { SqlLender } from "./sql-check.js";
import { isSqliteDatabase, withBusyTimeout } from "./sqlite-database.js";

/** What the check uses of a knex client; the same in knex 2 and 3. */
interface KnexClient extends KnexPools {
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

const dialectOf = (client: KnexClient): string => `${String(member(client, "dialect"))} ${String(member(client, "driverName"))}`;

/** The smallest question of a client's dialect. */
export const questionOf = (client: KnexClient): string => questionOfDialect(dialectOf(client));

/** A knex client as one that lends connections. */
export const knexLender = (client: KnexClient): SqlLender => {
  const pool = knexPool(client);
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
      return pool.identity;
    },
    notConnected: () => (member(client.pool, "destroyed") === true ? "the knex instance is being destroyed" : undefined),
    request: pool.request,
    ask: (connection, sql) => {
      const ask = (): PromiseLike<unknown> => client.query(connection, { sql, bindings: [], method: "raw", options: {} });
      return isSqliteDatabase(connection) ? withBusyTimeout(connection, ask) : ask();
    },
    giveBack: (connection) => client.releaseConnection(connection),
    discard: (connection, question) => {
      if (isInProcess(client, connection)) return afterAnswer(connection, question);
      return pool.forgets() ? cut(connection) : destroy(client, connection);
    },
    // What the check's own question fills is not a load peak.
    full: () => (unanswered > 0 ? undefined : pool.full()),
    onRelease: pool.onRelease,
  };
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
