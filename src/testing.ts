import { createHealth, HealthError, type Check, type CheckReport, type Clock } from "probekit";
import { described, hasMethods } from "./checks/shared/duck.js";
import { optionsOf } from "./checks/shared/options.js";

/** Options of {@link runCheck}; `undefined` always means the default. */
export interface RunCheckOptions {
  /** The name that the check is called with. @default "check" */
  readonly name?: string | undefined;
  /** When the run is given up, in milliseconds. 1 to 2147483647. @default 500 */
  readonly timeoutMs?: number | undefined;
  /** Ends the run early, as `unregister` and `close` do: the check's own signal is aborted, and it is `pending`. @default none */
  readonly signal?: AbortSignal | undefined;
}

/** What one run said, as a report at `details: "full"` shows it. */
export type CheckRun = Pick<CheckReport, "status" | "reason" | "message" | "data" | "latencyMs">;

/** The longest that a timer holds: the run's own timeout is what ends it. */
const longest = 2_147_483_647;

/**
 * Runs a check once exactly as a health does: under a timeout, with its answer validated, masked and bounded. Nothing is
 * left behind. Rejects only when the check or an option is not valid.
 * @throws HealthError as `createHealth` and `register` do
 * @example
 * const said = await runCheck(queueCheck(queue), { timeoutMs: 50 });
 * assert.equal(said.status, "warn");
 */
export const runCheck = async (check: Check, options?: RunCheckOptions): Promise<CheckRun> => {
  const { name = "check", timeoutMs = 500, signal } = optionsOf("runCheck", options, ["name", "timeoutMs", "signal"]);
  if (signal !== undefined && !hasMethods(signal, ["addEventListener", "throwIfAborted"])) {
    throw new HealthError("invalid-option", `signal must be an AbortSignal; got ${described(signal)}`);
  }
  const health = createHealth({ logger: false, deadlineMs: longest });
  const close = (): void => void health.close();
  health.register(name, check, { timeoutMs });
  try {
    const report = health.report("ready");
    signal?.addEventListener("abort", close);
    if (signal?.aborted) close();
    const { checks } = await report;
    return shown(checks[name] as CheckReport);
  } finally {
    signal?.removeEventListener("abort", close);
    await health.close();
  }
};

const shown = ({ status, reason, message, data, latencyMs }: CheckReport): CheckRun => ({
  status,
  ...(reason !== undefined && { reason }),
  ...(message !== undefined && { message }),
  ...(data !== undefined && { data }),
  ...(latencyMs !== undefined && { latencyMs }),
});

/** A clock that stands still until it is told to go on; for `createHealth({ clock })`. */
export interface FakeClock extends Clock {
  /** Goes on by so many milliseconds, fires what falls due in order, and lets promises settle after each. */
  advance(ms: number): Promise<void>;
  /** Goes on without firing anything, as a blocked event loop does. */
  block(ms: number): void;
  /** Moves the wall clock alone, as an adjustment of the system's time does. */
  jumpWall(ms: number): void;
  /** How many timers are armed. */
  readonly armed: number;
}

interface Timer {
  readonly at: number;
  readonly callback: () => void;
}

// Kept from before a test runner fakes it: a clock that waits for one that nobody fires would never go on.
const { setImmediate } = globalThis;

const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
};

const finite = (owner: string, ms: number, least = -Infinity): number => {
  if (Number.isFinite(ms) && ms >= least) return ms;
  throw new HealthError("invalid-option", `${owner} takes a number of milliseconds${least === 0 ? " from 0" : ""}; got ${String(ms)}`);
};

/**
 * A clock for tests of caches, intervals and timeouts, without waiting. It begins at 0, its wall clock at the given time.
 * @param wallNow milliseconds since 1970
 * @throws HealthError `invalid-option`, as its methods do, for a time that is not finite, or for one that goes back where it can't
 * @example
 * const clock = fakeClock();
 * const health = createHealth({ clock });
 * health.register("queue", queueCheck(queue), { intervalMs: 5000 });
 * await clock.advance(5000);
 */
export const fakeClock = (wallNow = Date.UTC(2026, 0, 1)): FakeClock => {
  const timers = new Map<number, Timer>();
  let time = 0;
  let wall = finite("fakeClock", wallNow);
  let armed = 0;
  const next = (until: number): [number, Timer] | undefined =>
    [...timers].filter(([, { at }]) => at <= until).toSorted(([first, a], [second, b]) => a.at - b.at || first - second)[0];
  const go = (to: number): void => {
    wall += Math.max(0, to - time);
    time = Math.max(time, to);
  };
  return {
    now: () => time,
    wallNow: () => wall,
    setTimeout: (callback, delayMs) => {
      armed += 1;
      timers.set(armed, { at: time + delayMs, callback });
      return armed;
    },
    clearTimeout: (handle) => void timers.delete(handle as number),
    advance: async (ms) => {
      const forMs = finite("advance", ms, 0);
      await settle();
      const until = time + forMs;
      for (let due = next(until); due !== undefined; due = next(until)) {
        timers.delete(due[0]);
        go(due[1].at);
        due[1].callback();
        await settle();
      }
      go(until);
    },
    block: (ms) => go(time + finite("block", ms, 0)),
    jumpWall: (ms) => {
      wall += finite("jumpWall", ms);
    },
    get armed() {
      return timers.size;
    },
  };
};
