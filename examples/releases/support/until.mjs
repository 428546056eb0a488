import { setTimeout as delay } from "node:timers/promises";

/**
 * Asks every 20 ms until it is so.
 * @param options `withinMs`, default 10,000; `what` to say when it was not so in time
 */
export const until = async (isSo, { withinMs = 10_000, what = "it did not happen in time" } = {}) => {
  const end = performance.now() + withinMs;
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(what);
    await delay(20);
  }
};
