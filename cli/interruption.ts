import { exitCodes } from "./exit-codes.js";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** What a signal leads to: the command ends in order. A second one ends the process at once, as without this. */
export interface Interruption {
  readonly signal: AbortSignal;
  /** The exit code of the signal that came, if one did. */
  readonly exitCode: () => number | undefined;
}

/** Listens to SIGINT, SIGTERM and SIGHUP until the first of them; a process with id 1 would not hear them otherwise. */
export const interruption = (): Interruption => {
  const controller = new AbortController();
  let exitCode: number | undefined;
  const end = (name: (typeof signals)[number]): void => {
    exitCode = exitCodes[name];
    for (const signal of signals) process.removeListener(signal, end);
    controller.abort();
  };
  for (const signal of signals) process.on(signal, end);
  return { signal: controller.signal, exitCode: () => exitCode };
};
