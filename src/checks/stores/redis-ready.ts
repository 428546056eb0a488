import type { Check, CheckContext, CheckOutcome } from "probekit";
import { failureOf, kindOf } from "../shared/failure.js";
import type { RedisConnection } from "./redis-client.js";
import { attempt } from "../shared/under-signal.js";
import { kindOfCluster } from "./redis-cluster.js";

/** Those who wait for one client. */
interface Opening {
  readonly waiting: Set<(failure?: unknown) => void>;
  end(): void;
}

/** Whatever the number of checks, a client that opens has one listener for each event, and is told once to open. */
const openings = new WeakMap<object, Opening>();

const openingOf = (redis: RedisConnection): Opening => {
  const waiting = new Set<(failure?: unknown) => void>();
  const settle = (failure?: unknown): void => [...waiting].forEach((waiter) => waiter(failure));
  const fail = (error: unknown): void => settle(error ?? new Error("not connected"));
  const lost = (why: string) => (): void => fail(new Error(`not connected: ${why}`));
  const listeners: [string, (detail: unknown) => void][] = [
    ["ready", () => settle()],
    ["error", fail],
    ["reconnecting", lost("reconnecting")],
    ["close", lost("closed")],
    ["end", lost("closed")],
  ];
  const end = (): void => {
    openings.delete(redis.identity);
    for (const [event, listener] of listeners) redis.off(event, listener);
  };
  const opening = { waiting, end };
  openings.set(redis.identity, opening);
  for (const [event, listener] of listeners) redis.on(event, listener);
  attempt(() => redis.open()).catch(fail);
  return opening;
};

/**
 * Resolves when an opening client is ready; rejects with its first error, when it closes or starts over, or with the
 * signal's reason. The last one who waits leaves no listener behind.
 */
export const untilReady = (redis: RedisConnection, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const { waiting, end } = openings.get(redis.identity) ?? openingOf(redis);
    const onSettled = (failure?: unknown): void => {
      signal.removeEventListener("abort", onAbort);
      if (waiting.delete(onSettled) && waiting.size === 0) end();
      if (failure === undefined) resolve();
      else reject(failure as Error);
    };
    const onAbort = (): void => onSettled(signal.reason);
    waiting.add(onSettled);
    signal.addEventListener("abort", onAbort, { once: true });
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
