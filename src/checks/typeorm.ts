import type { Check } from "probekit";
import { questionOfDialect } from "./sql/dialect-question.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { isMysqlPool, mysqlPoolClient } from "./sql/mysql-pool.js";
import { isPgPool, pgPoolClient } from "./sql/pg-pool.js";
import { sqlCheck, type SqlCheckOptions, type SqlClient } from "./sql/sql-check.js";
import { sqlOpaqueCheck } from "./sql/sql-opaque.js";
import { isSqliteDatabase, withBusyTimeout } from "./sql/sqlite-database.js";

export type { SqlCheckOptions } from "./sql/sql-check.js";

/** What `typeormCheck` takes: the application's own DataSource. */
export interface TypeormInstance {
  readonly isInitialized: boolean;
  readonly options: { readonly type: string };
  readonly query: (...args: never[]) => unknown;
}

/**
 * Options of {@link typeormCheck}; `undefined` always means the default. A database other than PostgreSQL, CockroachDB,
 * MySQL and MariaDB has `onPoolExhausted` and `query` alone.
 */
export interface TypeormCheckOptions extends SqlCheckOptions {}

const wanted = "a DataSource of TypeORM 0.3 or 1";

/**
 * Asks the database behind a TypeORM DataSource `SELECT 1`; with replication, the master.
 *
 * Of the pool of pg or mysql2 it takes one connection, and gives it back; if the run is aborted first, that connection is
 * destroyed, and the pool opens another one when it needs it. Any other driver is asked through `dataSource.query`, which
 * can't be interrupted: a run that times out leaves its question there, and the next waits for the same one. better-sqlite3,
 * which holds the event loop until it answers, is asked itself, and waits for a lock 50 ms at most. A data source that is
 * not initialized is not connected; the check never initializes it, and never destroys it.
 * @param dataSource the application's own data source, initialized or not yet, of any SQL database
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", typeormCheck(dataSource));
 */
export const typeormCheck = (dataSource: TypeormInstance, options?: TypeormCheckOptions): Check => {
  const source = dataSourceOf(dataSource);
  const pooled = Object.hasOwn(poolOfType, source.options.type) ? poolOfType[source.options.type] : undefined;
  const check = pooled === undefined ? opaque(source, options) : throughPool(source, pooled, options);
  return (context) => (source.isInitialized ? check(context) : notInitialized);
};

const notInitialized = { status: "error", message: "not connected: the data source is not initialized" } as const;

interface DataSource {
  readonly isInitialized: boolean;
  readonly options: { readonly type: string };
  readonly driver: unknown;
  query(sql: string): PromiseLike<unknown>;
}

/** Where a driver keeps its pool, which is made when the data source is initialized. */
interface Pooled {
  readonly key: string;
  readonly isPool: (value: unknown) => boolean;
  readonly client: (poolOf: () => object) => SqlClient;
}

const ofPg: Pooled = { key: "master", isPool: isPgPool, client: pgPoolClient };
const ofMysql: Pooled = { key: "pool", isPool: isMysqlPool, client: mysqlPoolClient };
const poolOfType: Readonly<Record<string, Pooled>> = { postgres: ofPg, cockroachdb: ofPg, mysql: ofMysql, mariadb: ofMysql };

// A driver that the application brought, or a cluster of pools, has none of that shape.
const throughPool = (source: DataSource, { key, isPool, client }: Pooled, options: TypeormCheckOptions | undefined): Check => {
  const poolOf = (): object => member(source.driver, key) as object;
  const ofPool = sqlCheck("typeormCheck", client(poolOf), options);
  const { onPoolExhausted, query } = options ?? {};
  const ofSource = opaque(source, { onPoolExhausted, query });
  return (context) => (isPool(poolOf()) ? ofPool : ofSource)(context);
};

const opaque = (source: DataSource, options: TypeormCheckOptions | undefined): Check => {
  const { type } = source.options;
  return sqlOpaqueCheck(`typeormCheck of ${type}`, { question: questionOfDialect(type), ask: (sql) => askOf(source, sql) }, options);
};

// better-sqlite3 holds the event loop for as long as it waits for a lock; TypeORM asks it only some turns later.
const askOf = (source: DataSource, sql: string): unknown => {
  const database = member(source.driver, "databaseConnection");
  return isSqliteDatabase(database) ? withBusyTimeout(database, () => database.prepare(sql).get()) : source.query(sql);
};

const dataSourceOf = (value: unknown): DataSource => {
  const refuse = (got: string): never => refuseClient("typeormCheck", wanted, got);
  if (hasMethods(value, ["DataSource"])) return refuse("the typeorm package itself");
  const isSource = hasMethods(value, ["query", "createQueryRunner"]) && typeof member(member(value, "options"), "type") === "string";
  if (!isSource) return refuse(described(value));
  if (typeof member(value, "isInitialized") !== "boolean") return refuse("a Connection of TypeORM 0.2");
  return member(member(value, "options"), "type") === "mongodb" ? refuse("a data source of MongoDB") : (value as DataSource);
};
