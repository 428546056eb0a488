import type { Writable } from "node:stream";

/** The shutdowns under way in this process, of whichever copy of the package: the last one to finish ends it. */
interface Underway {
  readonly open: Set<object>;
  exitCode: 0 | 1;
}

const key = Symbol.for("probekit.shutdowns");

const underway = (): Underway => {
  const all = globalThis as { [key]?: Underway };
  return (all[key] ??= { open: new Set(), exitCode: 0 });
};

/** Says that a shutdown began. What it returns says that it is over, and gets the code that the process ends with, or `undefined` while another goes on. */
export const enter = (): ((exitCode: 0 | 1) => 0 | 1 | undefined) => {
  const all = underway();
  const self = {};
  all.open.add(self);
  return (exitCode) => {
    all.open.delete(self);
    if (exitCode === 1) all.exitCode = 1;
    return all.open.size === 0 ? all.exitCode : undefined;
  };
};

/** Ends the process once stdout and stderr are written out, at the latest after so long. A worker thread ends itself alone. */
export const endProcess = async (exitCode: 0 | 1, withinMs: number): Promise<void> => {
  // Who awaits the report comes first.
  await new Promise((resolve) => void setImmediate(resolve));
  const late = new Promise((resolve) => void setTimeout(resolve, withinMs));
  await Promise.race([Promise.all([writtenOut(process.stdout), writtenOut(process.stderr)]), late]);
  process.exit(exitCode);
};

const writtenOut = (stream: Writable): Promise<void> =>
  new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) return resolve();
    // Its reader may be gone.
    stream.once("error", () => resolve());
    stream.write("", () => resolve());
  });
