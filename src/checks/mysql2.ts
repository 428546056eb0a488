import type { Check } from "probekit";
import { currentOf } from "./shared/current.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { kindOf } from "./shared/failure.js";
import { askMysql, isMysqlPool, mysqlPoolClient, type MysqlConnection } from "./sql/mysql-pool.js";
import { sqlCheck, type SqlCheckOptions } from "./sql/sql-check.js";
import { sqlConnectionCheck } from "./sql/sql-connection.js";

export type { SqlCheckOptions } from "./sql/sql-check.js";

/** What `mysql2Check` takes of mysql2 or `mysql2/promise`: the application's own pool, or a connection of its own. */
export interface Mysql2Instance {
  readonly query: (...args: never[]) => unknown;
  readonly execute: (...args: never[]) => unknown;
  readonly end: (...args: never[]) => unknown;
}

/** Options of {@link mysql2Check}; `undefined` always means the default. A connection has `query` alone. */
export interface Mysql2CheckOptions extends SqlCheckOptions {}

const wanted = "a pool or a connection of mysql2 3.1 or newer, or a function that returns the present connection";

/**
 * Asks MySQL or MariaDB `SELECT 1` through mysql2.
 *
 * Of a pool it takes one connection, and gives it back; if the run is aborted first, that connection's socket is destroyed,
 * and the pool opens another one when it needs it. Nothing is cancelled over a second connection, and the pool is never
 * ended. A connection that hangs while it is opened is waited for by the next run, unless another is free, until the pool's
 * own `connectTimeout` ends it; it is cut after five seconds (then ten, at most sixty) to open another one.
 *
 * A connection outside a pool is the application's: it is asked in turn with everything else, at most one question is out,
 * and it is never cut. While it is busy with a long query of the application, the check times out; what the check asks
 * changes that connection's `ROW_COUNT()`. mysql2 never connects one twice: hand over a function where the application
 * replaces it.
 * @param db a pool, a connection, or a function that returns the present connection; of mysql2 or of `mysql2/promise`
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("database", mysql2Check(pool));
 */
export const mysql2Check = (db: Mysql2Instance | (() => Mysql2Instance | undefined), options?: Mysql2CheckOptions): Check => {
  if (isMysqlPool(db)) return sqlCheck("mysql2Check", mysqlPoolClient(() => db), options);
  const current = currentOf(db, isConnection, connectionOf);
  return sqlConnectionCheck("mysql2Check of a connection", { question: "SELECT 1", current, notConnected, ask: askMysql }, options);
};

// Its handshake is null until it is connected.
const isConnection = (value: unknown): boolean =>
  hasMethods(value, ["query", "execute", "on"]) && hasMethods(member(value, "stream"), ["destroy"]) && member(value, "_handshakePacket") !== undefined;

const connectionOf = (value: unknown): MysqlConnection => {
  const connection = isConnection(value) ? value : member(value, "connection");
  if (!isConnection(connection)) return refuseClient("mysql2Check", wanted, strangerOf(value));
  return isOld(connection) ? refuseClient("mysql2Check", wanted, "a connection of mysql2 2 or older") : (connection as MysqlConnection);
};

// mysql2 3 has a second password in each connection's settings, given or not.
const isOld = (connection: unknown): boolean => {
  const config = member(connection, "config");
  return typeof config === "object" && config !== null && !("password2" in config);
};

/** What is often taken for a client of mysql2, by methods that only it has. */
const strangers: readonly (readonly [readonly string[], string])[] = [
  [["createPool", "createConnection"], "a package itself"],
  [["getConnection", "of", "add", "remove"], "a PoolCluster, which removes the servers that fail: give each server's own pool a check"],
  [["getConnection", "acquireConnection"], "a pool of the mysql package"],
  [["getConnection", "taskQueueSize"], "a pool of the mariadb package"],
  [["getConnection", "releaseConnection"], "a pool of mysql2 older than 3.1"],
  [["query", "serverVersion"], "a connection of the mariadb package"],
  [["query", "statistics"], "a connection of the mysql package"],
];

const strangerOf = (value: unknown): string => strangers.find(([methods]) => hasMethods(value, methods))?.[1] ?? described(value);

// One that is connecting answers as soon as it is connected; an ended one no longer has mysql2's own `addCommand`.
const notConnected = (connection: MysqlConnection): string | undefined => {
  const failure = member(connection, "_fatalError") ?? member(connection, "_protocolError") ?? undefined;
  if (failure !== undefined) return kindOf(failure) ?? "the connection was lost";
  const isGone = member(connection, "_closing") === true || member(member(connection, "stream"), "destroyed") === true;
  return isGone || Object.hasOwn(connection, "addCommand") ? "the connection was closed, or never opened" : undefined;
};
