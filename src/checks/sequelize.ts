import type { Check } from "probekit";
import { questionOfDialect } from "./sql/dialect-question.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { sequelizeLender, type SequelizePool } from "./sql/sequelize-pool.js";
import { sqlCheck, type SqlCheckOptions, type SqlLender } from "./sql/sql-check.js";
import { sqlOpaqueCheck } from "./sql/sql-opaque.js";

export type { SqlCheckOptions } from "./sql/sql-check.js";

/** What `sequelizeCheck` takes: the application's own Sequelize instance. */
export interface SequelizeInstance {
  readonly query: (...args: never[]) => unknown;
  readonly getDialect: (...args: never[]) => unknown;
  readonly close: (...args: never[]) => unknown;
}

/** Options of {@link sequelizeCheck}; `undefined` always means the default. SQLite has `onPoolExhausted` and `query` alone. */
export interface SequelizeCheckOptions extends SqlCheckOptions {}

const wanted = "a Sequelize instance of Sequelize 6, as new Sequelize(…) makes it";

/**
 * Asks the database behind a Sequelize instance `SELECT 1`, on one connection of its pool; with replication, of the
 * pool that writes.
 *
 * The connection is given back; if the run is aborted first, it is destroyed, and the pool opens another one when it
 * needs it. Nothing is cancelled over a second connection, nothing is retried, and the instance is never closed. A
 * connection that hangs while it is opened is waited for by the next run, until one is free or the pool's own `acquire` time
 * ends, and keeps its place in the pool. SQLite
 * has no pool: it is asked through `sequelize.query`.
 * @param sequelize the application's own instance
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", sequelizeCheck(sequelize));
 */
export const sequelizeCheck = (sequelize: SequelizeInstance, options?: SequelizeCheckOptions): Check => {
  const client = sequelizeOf(sequelize);
  const dialect = client.getDialect();
  const question = questionOfDialect(dialect);
  if (dialect === "sqlite") return sqlOpaqueCheck("sequelizeCheck of SQLite", { question, ask: (sql) => client.query(sql, once) }, options);
  return sqlCheck("sequelizeCheck", { question, lender: () => lenderOf(client) }, options);
};

interface Sequelize {
  readonly connectionManager: { readonly pool: SequelizePool | { readonly write: SequelizePool } };
  getDialect(): string;
  query(sql: string, options: object): PromiseLike<unknown>;
}

/** One question alone: no line in the log, no second try, no statement before it. */
const once = { logging: false, retry: { max: 1 }, supportsSearchPath: false };

// Sequelize asks on the connection of a transaction as it is.
const lenderOf = (client: Sequelize): SqlLender =>
  sequelizeLender(
    () => poolOf(client),
    (connection, sql) => client.query(sql, { ...once, transaction: { connection } }),
  );

const poolOf = ({ connectionManager: { pool } }: Sequelize): SequelizePool => ("write" in pool ? pool.write : pool);

const isPool = (value: unknown): boolean =>
  hasMethods(value, ["acquire", "release", "destroy"]) && typeof member(value, "maxSize") === "number";

const sequelizeOf = (value: unknown): Sequelize => {
  const refuse = (got: string): never => refuseClient("sequelizeCheck", wanted, got);
  const pool = member(member(value, "connectionManager"), "pool");
  const isSequelize = hasMethods(value, ["query", "authenticate"]);
  // Sequelize 6 has no import().
  if (isSequelize && hasMethods(value, ["import"])) return refuse("a Sequelize instance of an old major");
  if (isSequelize && hasMethods(value, ["getDialect"]) && (isPool(pool) || isPool(member(pool, "write")))) return value as Sequelize;
  if (isSequelize && hasMethods(pool, ["acquire"])) return refuse("a Sequelize instance of an old major");
  if (isSequelize && hasMethods(member(value, "pool"), ["acquire"])) return refuse("a Sequelize instance of Sequelize 7");
  return refuse(described(value));
};
