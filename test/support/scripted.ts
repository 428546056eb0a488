import type { Check, CheckContext, CheckOutcome, HealthOptions, LogEntry } from "probekit";
import { createHealth } from "probekit";
import { fakeClock, type FakeClock } from "./fake-clock.js";

/** A check whose runs the test settles by hand. */
export interface Scripted {
  readonly check: Check;
  /** The contexts of the runs so far, in order. */
  readonly runs: CheckContext[];
  /** Settles the oldest run that has not settled. */
  settle(outcome?: CheckOutcome): void;
  fail(error: unknown): void;
}

export const scripted = (): Scripted => {
  const runs: CheckContext[] = [];
  const open: { resolve: (outcome: CheckOutcome) => void; reject: (error: unknown) => void }[] = [];
  return {
    runs,
    check: (context) => {
      runs.push(context);
      return new Promise((resolve, reject) => {
        open.push({ resolve, reject });
      });
    },
    settle: (outcome) => open.shift()?.resolve(outcome),
    fail: (error) => open.shift()?.reject(error),
  };
};

/** A health under a fake clock that keeps what it logs. */
export const testHealth = (options: HealthOptions = {}) => {
  const clock: FakeClock = fakeClock();
  const log: LogEntry[] = [];
  const health = createHealth({ clock, logger: (entry) => log.push(entry), ...options });
  return { clock, log, health };
};

/** A check that never settles and counts its runs. */
export const hung = () => {
  const runs: CheckContext[] = [];
  return {
    runs,
    check: (context: CheckContext): Promise<never> => {
      runs.push(context);
      return new Promise(() => {});
    },
  };
};
