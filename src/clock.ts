import type { Clock } from "./types.js";

/** The process's own time; the globals are looked up at each call, so that fake timers reach them. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wallNow: () => Date.now(),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/** Calls back after the event loop's next turn: what has arrived by now is handled first. */
export const afterTurn = (callback: () => void): void => {
  setImmediate(callback);
};

/** A timer that does not keep the process alive. */
export const quietTimeout = (clock: Clock, callback: () => void, delayMs: number): unknown => {
  const handle = clock.setTimeout(callback, delayMs);
  (handle as { unref?: () => void } | undefined)?.unref?.();
  return handle;
};

/** Seconds since the process started, to the millisecond. */
export const processUptime = (): number => Math.floor(process.uptime() * 1000) / 1000;
