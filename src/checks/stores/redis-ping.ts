import type { RedisClient } from "./redis-client.js";
import { replyText, sent } from "./redis-reply.js";
import type { PoolLevel } from "../shared/saturation.js";
import { quietly, underSignal } from "../shared/under-signal.js";
import { watched } from "../shared/watched.js";

/** A PING, and whether it may stand in a pool's queue instead of having been sent. */
export interface Ping {
  readonly reply: Promise<unknown>;
  readonly mayQueue: boolean;
}

/**
 * Sends a PING, unless one is still under way and no other connection stands idle to tell more. An answer that comes
 * after its run counts for the pool all the same.
 */
export const pinger = (redis: RedisClient, onAnswered: () => void): (() => Ping) => {
  let outstanding: Ping | undefined;
  return () => {
    const hasIdle = redis.hasIdle();
    if (outstanding !== undefined && !hasIdle) return outstanding;
    const ping: Ping = { reply: sent(() => redis.ping()), mayQueue: !hasIdle };
    const over = (): void => {
      if (outstanding === ping) outstanding = undefined;
    };
    outstanding = ping;
    quietly(() => ping.reply.then(onAnswered).finally(over));
    return ping;
  };
};

/** The reply to a PING, or how full the pool is that has no client to send it with. */
export type Answer = { readonly reply: unknown } | { readonly full: PoolLevel };

/**
 * Waits for the reply, and looks up now and then: a pool may have no client to send the PING with, and ioredis and a
 * Sentinel of node-redis keep a PING whose connection was lost, to send it again over the next one.
 */
export const answerTo = async (redis: RedisClient, signal: AbortSignal, ping: Ping, patienceMs: number): Promise<Answer> => {
  const answer = underSignal(signal, ping.reply).then((reply): Answer => ({ reply }));
  if (!ping.mayQueue) return answer;
  return watched(answer, patienceMs, () => {
    const full = redis.full();
    if (full === undefined && redis.state() !== "ready") throw new Error("connection lost");
    return full && { full };
  });
};

const pongs = ["PONG", "pong", "QUEUED"];

// Rather less than half a secret, whose end the mask of credentials would miss.
const firstWords = /^[\w ]{1,40}/;

/** In subscriber mode the answer is "pong" (node-redis) or ["pong", ""] (ioredis); within the application's MULTI "QUEUED". */
export const expectPong = (reply: unknown): void => {
  const answer = replyText(Array.isArray(reply) ? reply[0] : reply);
  if (!pongs.includes(answer)) throw new Error(`PING was not answered with PONG but with ${firstWords.exec(answer)?.[0] ?? "no word"}`);
};
