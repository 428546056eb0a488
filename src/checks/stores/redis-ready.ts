import type { Check, CheckContext, CheckOutcome } from "probekit";
import { failureOf, kindOf } from "../shared/failure.js";
import type { RedisConnection } from "./redis-client.js";
import { kindOfCluster } from "./redis-cluster.js";

/**
 * Resolves when an opening client is ready; rejects with its first error, when it closes or starts over, or with the
 * signal's reason. Leaves no listener behind.
 */
export const untilReady = (redis: RedisConnection, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      for (const [event, listener] of listeners) redis.off(event, listener);
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const fail = (error: unknown): void => end(() => reject(error as Error));
    const lost = (why: string) => (): void => fail(new Error(`not connected: ${why}`));
    const onAbort = (): void => fail(signal.reason);
    const listeners: [string, (detail: unknown) => void][] = [
      ["ready", () => end(resolve)],
      ["error", fail],
      ["reconnecting", lost("reconnecting")],
      ["close", lost("closed")],
      ["end", lost("closed")],
    ];
    for (const [event, listener] of listeners) redis.on(event, listener);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    else redis.open()?.then(undefined, fail);
  });

/** Asks a client that is connected; one that opens is waited for, and one that is lost is an error at once. */
export const whenReady = (redis: RedisConnection, ask: (context: CheckContext) => Promise<CheckOutcome>): Check => {
  let lastFailure: unknown;
  return async (context) => {
    const state = redis.state();
    if (typeof state === "object") throw notConnected(state.lost, lastFailure);
    try {
      lastFailure = undefined;
      if (state === "opening") await untilReady(redis, context.signal);
      return await ask(context);
    } catch (error) {
      lastFailure = error;
      throw failureOf(error, kindOfCluster);
    }
  };
};

const notConnected = (why: string, lastFailure: unknown): Error => {
  const last = kindOf(lastFailure);
  return new Error(`not connected: ${why}${last === undefined ? "" : `; the last attempt: ${last}`}`, { cause: lastFailure });
};
