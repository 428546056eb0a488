import type { Writable } from "node:stream";
import { turn } from "./limit.js";

/** The shutdowns under way in this process, of whichever copy of the package: the last one to finish ends it. */
interface Underway {
  readonly open: Set<object>;
  exitCode: 0 | 1;
  /** Whether one of them, over or not, ends the process. */
  exits: boolean;
}

const key = Symbol.for("probekit.shutdowns");

const underway = (): Underway => {
  const all = globalThis as { [key]?: Underway };
  return (all[key] ??= { open: new Set(), exitCode: 0, exits: false });
};

// A reader that is gone, as Ctrl-C ends a whole pipeline at once, must not end the process before its requests.
const deaf = (): void => {};

const outputs = (): readonly Writable[] => [process.stdout, process.stderr];

/**
 * Says that a shutdown began, which from then on no failure of stdout or stderr breaks off. What it returns says that it is over, and
 * gets the code that the process ends with, or `undefined` while another goes on or where none ends the process.
 */
export const enter = (exits: boolean): ((exitCode: 0 | 1) => 0 | 1 | undefined) => {
  const all = underway();
  const self = {};
  all.open.add(self);
  all.exits ||= exits;
  if (all.open.size === 1) for (const output of outputs()) output.on("error", deaf);
  return (exitCode) => {
    all.open.delete(self);
    if (exitCode === 1) all.exitCode = 1;
    if (all.open.size > 0) return undefined;
    if (all.exits) return all.exitCode;
    for (const output of outputs()) output.off("error", deaf);
    return undefined;
  };
};

/** Waits until stdout and stderr are written out, at the latest for so long or until the signal is aborted. */
export const allWrittenOut = async (withinMs: number, hurry: AbortSignal): Promise<void> => {
  // Who awaits the report comes first.
  await turn();
  const late = new Promise<void>((resolve) => {
    setTimeout(resolve, withinMs);
    hurry.addEventListener("abort", () => resolve());
  });
  await Promise.race([Promise.all(outputs().map(writtenOut)), late]);
};

/** Ends the process, with the application's own `process.exitCode` where ours is 0. A worker thread ends itself alone. */
export const endProcess = (exitCode: 0 | 1, onFault: (error: unknown) => void): void => {
  try {
    if (exitCode === 1) process.exitCode = 1;
    process.exit();
  } catch (error) {
    // A listener of "exit" threw; the second time none is called.
    onFault(error);
    process.exit(1);
  }
};

const writtenOut = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) return resolve();
    // Its reader may be gone.
    stream.once("error", () => resolve());
    stream.write("", () => resolve());
  });
