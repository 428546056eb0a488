import type { Check } from "probekit";
import { described, refuseClient } from "../shared/duck.js";
import { isMysqlPool, mysqlPoolClient } from "./mysql-pool.js";
import { optionsOf } from "../shared/options.js";
import { isPgPool, pgPoolClient } from "./pg-pool.js";
import { sqlCheck, type SqlCheckOptions, type SqlClient } from "./sql-check.js";
import { sqlOpaqueCheck, type SqlOpaque } from "./sql-opaque.js";

/** A driver's pool that a library was given: a `Pool` of pg or a pool of mysql2. */
export interface DriverPool {
  readonly query: (...args: never[]) => unknown;
  readonly end: (...args: never[]) => unknown;
}

/** Options of a check whose library hides its pool; `undefined` always means the default. */
export interface HiddenPoolOptions extends SqlCheckOptions {
  /**
   * The `Pool` of pg or the pool of mysql2 that the library was given. The check then asks that pool: it sees when it is
   * full, and a connection that hangs is discarded. Without it there are `onPoolExhausted` and `query` alone. @default none
   */
  readonly pool?: DriverPool | undefined;
}

const known = ["pool", "onPoolExhausted", "acquireTimeoutMs", "poolStuckAfterMs", "query"];

const wanted = "as its pool the Pool of pg 8 or the pool of mysql2 that the library was given";

/** A driver's pool as a client of the SQL checks; `undefined` for anything else. */
export const poolClientOf = (pool: unknown): SqlClient | undefined => {
  if (isPgPool(pool)) return pgPoolClient(() => pool);
  return isMysqlPool(pool) ? mysqlPoolClient(() => pool) : undefined;
};

/**
 * Asks the pool that is among the options, or else the library through its own front door.
 * @throws HealthError `invalid-client` for a pool of another kind, `invalid-option` or `unknown-option`
 */
export const hiddenPoolCheck = (check: string, opaque: SqlOpaque, options: HiddenPoolOptions | undefined): Check => {
  const { pool, ...rest } = optionsOf(check, options, known);
  if (pool === undefined) return sqlOpaqueCheck(`${check} without its pool`, opaque, rest);
  const client = poolClientOf(pool);
  return client === undefined ? refuseClient(check, wanted, described(pool)) : sqlCheck(check, client, rest);
};
