import { isatty } from "node:tty";

/** A second signal sooner than this is the first one once more: npm, terminals and supervisors pass on what the process has had already. */
const echoMs = (signal: NodeJS.Signals): number => (signal === "SIGINT" ? 250 : 100);

/** What is done with a signal. */
export interface Heard {
  readonly first: (signal: NodeJS.Signals) => void;
  readonly again: (signal: NodeJS.Signals) => void;
}

/** Listens to signals; returns what ends that. */
export const onSignals = (signals: readonly NodeJS.Signals[], { first, again }: Heard): (() => void) => {
  let hasBegun = false;
  const armed = new Set<number>();
  // Where the loop is busy, an echo is heard late: what waits to be heard comes before the immediate.
  const arm = (ms: number): void => void setTimeout(() => void setImmediate(() => armed.add(ms)), ms).unref();
  const hear = (signal: NodeJS.Signals): void => {
    if (hasBegun) return armed.has(echoMs(signal)) ? again(signal) : undefined;
    hasBegun = true;
    new Set(signals.map(echoMs)).forEach(arm);
    first(signal);
  };
  for (const signal of signals) process.on(signal, hear);
  return () => signals.forEach((signal) => process.off(signal, hear));
};

/** Listens to what nobody caught; returns what ends that. */
export const onUncaught = (heard: (what: string, error: unknown) => void): (() => void) => {
  const exception = (error: unknown): void => heard("uncaught exception", error);
  const rejection = (error: unknown): void => heard("unhandled rejection", error);
  process.on("uncaughtException", exception);
  process.on("unhandledRejection", rejection);
  return () => {
    process.off("uncaughtException", exception);
    process.off("unhandledRejection", rejection);
  };
};

/** Whether somebody at a terminal pressed Ctrl-C, and no balancer is there to wait for. */
export const isFromTerminal = (signal: NodeJS.Signals): boolean => signal === "SIGINT" && isatty(0);
