import { createHealth, type Health, type HealthOptions } from "probekit";
import { shutdownOnSignal, type Shutdown, type ShutdownOptions, type ShutdownReport, type Stoppable } from "probekit/shutdown";
import { onTestFinished } from "vitest";

/** A health and its shutdown in this process, which goes on. */
export interface Scene extends Shutdown {
  readonly health: Health;
  /** What was logged: `info: shutdown began …`, and what errors were called. */
  readonly lines: string[];
  /** Breaks it off as a second signal does, and waits for the report. */
  breakOff(): Promise<ShutdownReport>;
}

// Nothing sends it to a test run.
const signal = "SIGUSR2";

/** A health that keeps what it logs. */
export const loggingHealth = (options: HealthOptions = {}) => {
  const lines: string[] = [];
  const health = createHealth({
    logger: ({ level, message, error }) => lines.push(`${level}: ${message}${error === undefined ? "" : ` (${error.message})`}`),
    ...options,
  });
  return { health, lines };
};

/** Without other options there is no delay and a minute's time. Whatever goes on at the test's end is broken off. */
export const scene = (server?: Stoppable | readonly Stoppable[], options: ShutdownOptions = {}, made = loggingHealth()): Scene => {
  const shutdown = shutdownOnSignal(made.health, server, { signals: [signal], exit: false, drainDelayMs: 0, timeoutMs: 60_000, ...options });
  const breakOff = async (): Promise<ShutdownReport> => {
    const report = shutdown.shutdown("the test's end");
    // Signals of the first 250 ms count as one.
    const again = setInterval(() => process.emit(signal, signal), 50);
    return report.finally(() => clearInterval(again));
  };
  onTestFinished(async () => void (await breakOff()));
  return { ...made, ...shutdown, breakOff };
};

/** Options under which the delay outlasts the test, which breaks it off. */
export const endlessDelay: ShutdownOptions = { drainDelayMs: 600_000, timeoutMs: 900_000 };
