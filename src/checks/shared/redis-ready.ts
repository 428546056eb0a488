import type { RedisClient } from "./redis-client.js";

/**
 * Resolves when an opening client is ready; rejects with its first error, when it closes or starts over, or with the
 * signal's reason. Leaves no listener behind.
 */
export const untilReady = (redis: RedisClient, signal: AbortSignal): Promise<void> =>
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
