import type { Check, CheckVerdict } from "probekit";
import { failureOf, kindOf } from "./shared/failure.js";
import { mongodbOf, type Mongodb } from "./stores/mongodb-client.js";
import { kindOfMongodb } from "./stores/mongodb-failure.js";
import { mongodbPing } from "./stores/mongodb-ping.js";
import { mongodbFull, mongodbPools, unreachable } from "./stores/mongodb-topology.js";
import { durationOption, optionsOf, wordOption } from "./shared/options.js";
import { saturation, stuckAfter, type OnPoolExhausted } from "./shared/saturation.js";

export type { OnPoolExhausted } from "./shared/saturation.js";

/** The driver's own client. */
export interface MongoClientInstance {
  readonly db: (...args: never[]) => unknown;
  readonly startSession: (...args: never[]) => unknown;
}

/** A database of the driver's client. */
export interface MongoDbInstance {
  readonly command: (...args: never[]) => unknown;
  readonly databaseName: string;
}

/** A connection of mongoose. */
export interface MongooseConnectionInstance {
  readonly readyState: number;
  readonly getClient: () => unknown;
}

/** Mongoose itself, for its default connection. */
export interface MongooseInstance {
  readonly connection: MongooseConnectionInstance;
  readonly createConnection: (...args: never[]) => unknown;
}

/** What `mongodbCheck` takes: the application's own client, of the driver or of mongoose. */
export type MongodbInstance = MongoClientInstance | MongoDbInstance | MongooseConnectionInstance | MongooseInstance;

/** Options of {@link mongodbCheck}; `undefined` always means the default. */
export interface MongodbCheckOptions {
  /**
   * What a pool is to the check when all its connections are in use: a load peak that fills every replica's pool must
   * not take them all out of service at once. @default "warn"
   */
  readonly onPoolExhausted?: OnPoolExhausted | undefined;
  /** How long a full pool may release nothing before it is stuck, an error. 1 to 2147483647. @default ten times the check's `timeoutMs` */
  readonly poolStuckAfterMs?: number | undefined;
}

/**
 * Sends `ping` through the application's client: of a replica set to its primary, so that a set without one is an error.
 *
 * A driver waits 30 s for a server that it can't reach. The check doesn't: before its own timeout it says what the
 * driver's monitors found (`connection refused`), and it takes its question back, so that none is left waiting. From
 * version 6.13 of the driver on the abort also discards the connection that the question was sent over; with an older one
 * the question stays out, and the next run waits for it. A pool whose connections are all in use warns, and is an
 * error once it has released nothing for ten timeouts.
 *
 * A client that was never connected connects, as with any first command, and connects again where that failed, which the
 * driver doesn't do by itself. Mongoose's buffer is never used: its driver is asked, and a connection that was closed, or
 * that failed to open, is an error at once. The client is never closed.
 * @param client a `MongoClient` or a `Db` of mongodb 4 to 7; mongoose 6 to 9 itself, for its default connection, or a `Connection`
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("orders-db", mongodbCheck(client));
 */
export const mongodbCheck = (client: MongodbInstance, options?: MongodbCheckOptions): Check => {
  const mongodb = mongodbOf(client);
  const given = optionsOf("mongodbCheck", options, ["onPoolExhausted", "poolStuckAfterMs"]);
  const onPoolExhausted = wordOption("onPoolExhausted", given.onPoolExhausted, ["warn", "error"], "warn");
  const stuckAfterMs = durationOption("poolStuckAfterMs", given.poolStuckAfterMs, undefined);
  const pool = saturation(onPoolExhausted);
  const ping = mongodbPing(mongodb);
  const full = (timeoutMs: number): CheckVerdict | undefined => {
    const level = mongodbFull(mongodb.client());
    return level && pool.exhausted(mongodbPools(mongodb.client()), level, stuckAfter(stuckAfterMs, timeoutMs));
  };
  return async (context) => {
    const why = mongodb.notConnected();
    if (why !== undefined) throw lost(why, unreachable(mongodb.client()));
    const { timeoutMs = 500 } = context;
    try {
      const exhausted = await ping(context, { everyMs: timeoutMs * lookAt, look: looks(() => full(timeoutMs), mongodb) });
      if (exhausted === undefined) pool.over();
      return exhausted;
    } catch (error) {
      const kind = kindOf(error, kindOfMongodb);
      if (kind?.startsWith("pool exhausted") !== true) throw failureOf(error, kindOfMongodb);
      return full(timeoutMs) ?? { status: onPoolExhausted, message: kind };
    }
  };
};

/** A run looks twice while it waits: after two fifths of its timeout, and after four. */
const lookAt = 0.4;

// Asking makes the driver look at its servers anew: what it knows late in the run is no older than that.
const looks = (full: () => CheckVerdict | undefined, mongodb: Mongodb): (() => CheckVerdict | undefined) => {
  let isLast = false;
  return () => {
    const failure = isLast ? unreachable(mongodb.client()) : undefined;
    if (failure !== undefined) throw failure;
    isLast = true;
    return full();
  };
};

const lost = (why: string, failure: unknown): Error => {
  const last = kindOf(failure, kindOfMongodb);
  return new Error(`not connected: ${why}${last === undefined ? "" : `; the last attempt: ${last}`}`, { cause: failure });
};
