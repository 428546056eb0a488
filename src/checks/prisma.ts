import type { Check } from "probekit";
import { hiddenPoolCheck, type HiddenPoolOptions } from "./sql/driver-pool.js";
import { described, hasMethods, member, refuseClient } from "./shared/duck.js";
import { optionsOf } from "./shared/options.js";
import { prismaKind } from "./sql/prisma-failure.js";
import { sqlOpaqueCheck } from "./sql/sql-opaque.js";

export type { HiddenPoolOptions } from "./sql/driver-pool.js";

/** What `prismaCheck` takes: the application's own PrismaClient. */
export interface PrismaInstance {
  readonly $connect: (...args: never[]) => unknown;
  readonly $disconnect: (...args: never[]) => unknown;
}

/** Options of {@link prismaCheck}; `undefined` always means the default. A client of MongoDB has `onPoolExhausted` alone. */
export interface PrismaCheckOptions extends HiddenPoolOptions {}

const wanted = "a PrismaClient of Prisma 5, 6 or 7";

/**
 * Asks the database behind a PrismaClient `SELECT 1`, or `{ ping: 1 }` where that is MongoDB.
 *
 * Prisma hides its pool. Where its driver adapter was given one (`new PrismaPg(pool)`), hand it over as `pool`, and it is
 * asked itself, as `pgCheck` does: a full pool warns, and a connection that hangs is discarded. Without it the question
 * goes through `$queryRawUnsafe`, which can't be interrupted: a run that times out leaves its question there, the next
 * waits for the same one, and a full pool can't be told from a server that hangs until Prisma says P2024, which warns, and
 * is an error when it has said nothing else for ten timeouts. A question that gets no answer for ten timeouts is given up,
 * and another one is asked. The client is never disconnected, and connects by itself if it is not connected yet.
 * @param prisma the application's own PrismaClient, extended (`$extends`) or not
 * @throws HealthError `invalid-client` for anything else, a transaction's client among it, `invalid-option` or `unknown-option`
 * @example health.register("database", prismaCheck(prisma, { pool }));
 */
export const prismaCheck = (prisma: PrismaInstance, options?: PrismaCheckOptions): Check => {
  const client = clientOf(prisma);
  if (member(client, "_activeProvider") === "mongodb") return mongodbCheck(client, options);
  const ask = (sql: string): PromiseLike<unknown> => client.$queryRawUnsafe(sql);
  return hiddenPoolCheck("prismaCheck", { question: "SELECT 1", ask, kindOf: prismaKind }, options);
};

interface PrismaClient {
  $queryRawUnsafe(sql: string): PromiseLike<unknown>;
  $runCommandRaw(command: object): PromiseLike<unknown>;
}

const clientOf = (value: unknown): PrismaClient => {
  const refuse = (got: string): never => refuseClient("prismaCheck", wanted, got);
  if (hasMethods(value, ["PrismaClientKnownRequestError"])) return refuse("the Prisma namespace");
  if (hasMethods(value, ["PrismaClient"])) return refuse("the @prisma/client package itself");
  const asks = hasMethods(value, ["$queryRawUnsafe"]) || hasMethods(value, ["$runCommandRaw"]);
  if (!asks) return refuse(described(value));
  return hasMethods(value, ["$connect", "$disconnect"]) ? (value as PrismaClient) : refuse("the client of an interactive transaction");
};

const mongodbCheck = (client: PrismaClient, options: PrismaCheckOptions | undefined): Check => {
  const given = optionsOf("prismaCheck of MongoDB", options, ["onPoolExhausted"]);
  const ask = (): PromiseLike<unknown> => client.$runCommandRaw({ ping: 1 });
  return sqlOpaqueCheck("prismaCheck", { question: "ping", ask, kindOf: prismaKind }, given);
};
