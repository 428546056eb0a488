import type { Check } from "probekit";
import { failureOf, kindOf } from "./shared/failure.js";
import { optionsOf } from "./shared/options.js";
import { redisClientOf, type RedisClient } from "./shared/redis-client.js";
import { untilReady } from "./shared/redis-ready.js";
import { patienceOf, saturation, stuckAfter, type PoolLevel, type WatchedPool } from "./shared/saturation.js";
import { attempt, quietly, underSignal } from "./shared/under-signal.js";

/** What `redisCheck` takes: the application's own client. */
export interface RedisInstance {
  readonly ping: (...args: never[]) => unknown;
}

/** Options of {@link redisCheck}: it has none yet. */
export type RedisCheckOptions = Readonly<Record<string, never>>;

/**
 * Sends PING over a Redis client's own connection (of an ioredis Cluster: to one of its nodes).
 *
 * A client that is reconnecting or closed is an error at once: the PING never queues behind it. One that is still
 * connecting is waited for, and a lazy ioredis client is connected. A node-redis pool whose clients are all in use warns;
 * one that has none free for ten timeouts is stuck, an error. Where a PING is still unanswered from a run that
 * timed out, the next run waits for that one, so that a hung server gets no more of them. The client is never closed.
 * Give it a client that doesn't block: a PING waits behind a BLPOP.
 * @param client an ioredis client or Cluster (5 or 6), or a node-redis client or pool (4 or 5)
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("redis", redisCheck(redis));
 */
export const redisCheck = (client: RedisInstance, options?: RedisCheckOptions): Check => {
  const redis = redisClientOf(client);
  optionsOf("redisCheck", options, []);
  const pool = saturation("warn");
  const ping = pinger(redis, pool.over);
  let lastFailure: unknown;
  return async ({ signal, timeoutMs }) => {
    const state = redis.state();
    if (typeof state === "object") throw notConnected(state.lost, lastFailure);
    try {
      lastFailure = undefined;
      if (state === "opening") await untilReady(redis, signal);
      const answer = await orFull(redis, signal, ping(), patienceOf(acquireTimeoutMs, timeoutMs));
      if ("full" in answer) return pool.exhausted(neverReleasing, answer.full, stuckAfter(undefined, timeoutMs));
      return expectPong(answer.reply);
    } catch (error) {
      lastFailure = error;
      throw failureOf(error);
    }
  };
};

/** How long a full pool is given to answer. */
const acquireTimeoutMs = 250;

// node-redis' pool tells no releases: it is stuck when not one of its clients was free for a PING all the time.
const neverReleasing: WatchedPool = { identity: undefined, onRelease: () => () => {} };

type Answer = { readonly reply: unknown } | { readonly full: PoolLevel };

/** The reply to a PING, or how full the pool is that has no client to send it with. */
const orFull = async (redis: RedisClient, signal: AbortSignal, { reply: sent, mayQueue }: Ping, patienceMs: number): Promise<Answer> => {
  if (!mayQueue) return { reply: await underSignal(signal, sent) };
  let timer: ReturnType<typeof setInterval> | undefined;
  const full = new Promise<Answer>((resolve) => {
    const look = (): void => {
      const level = redis.full();
      if (level !== undefined) resolve({ full: level });
    };
    timer = setInterval(look, patienceMs);
    timer.unref?.();
  });
  try {
    return await Promise.race([underSignal(signal, sent).then((reply): Answer => ({ reply })), full]);
  } finally {
    clearInterval(timer);
  }
};

const notConnected = (why: string, lastFailure: unknown): Error => {
  const last = kindOf(lastFailure);
  return new Error(`not connected: ${why}${last === undefined ? "" : `; the last attempt: ${last}`}`, { cause: lastFailure });
};

/** A PING, and whether it may stand in a pool's queue instead of having been sent. */
interface Ping {
  readonly reply: Promise<unknown>;
  readonly mayQueue: boolean;
}

/**
 * Sends a PING, unless one is still under way and no other connection stands idle to tell more. An answer that comes
 * after its run counts for the pool all the same.
 */
const pinger = (redis: RedisClient, onAnswered: () => void): (() => Ping) => {
  let outstanding: Ping | undefined;
  return () => {
    const hasIdle = redis.hasIdle();
    if (outstanding !== undefined && !hasIdle) return outstanding;
    const sent: Ping = { reply: attempt(() => redis.ping()), mayQueue: !hasIdle };
    const over = (): void => {
      if (outstanding === sent) outstanding = undefined;
    };
    outstanding = sent;
    quietly(() => sent.reply.then(onAnswered).finally(over));
    return sent;
  };
};

const said = (reply: unknown): string => (typeof reply === "string" || Buffer.isBuffer(reply) ? String(reply) : "no text");

// In subscriber mode the answer is "pong" (node-redis) or ["pong", ""] (ioredis).
const expectPong = (reply: unknown): void => {
  const answer = said(Array.isArray(reply) ? reply[0] : reply);
  if (answer !== "PONG" && answer !== "pong") throw new Error(`PING was not answered with PONG but with ${answer.slice(0, 40)}`);
};
