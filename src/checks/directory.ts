import { randomUUID } from "node:crypto";
import { promises } from "node:fs";
import { join } from "node:path";
import type { Check } from "probekit";
import { fileFailureOf, isMissing, pathOf } from "./process/file-failure.js";
import { optionsOf } from "./shared/options.js";
import { sharedQuestion } from "./shared/shared-question.js";

/** Options of {@link directoryCheck}: it has none yet. */
export type DirectoryCheckOptions = Readonly<Record<string, never>>;

/**
 * Writes a tiny file into a directory and removes it: a directory that is missing, read-only, full or not permitted is
 * an error. Its name begins with `.probekit-` and is unique, so that any number of processes may check one directory.
 *
 * An aborted run removes its file all the same; only a process that is killed in that moment leaves it behind. A mount
 * whose server is gone holds one of Node's few threads for files until it answers; later runs wait for that answer and
 * write nothing more. Each run writes to the disk: give the check an `intervalMs`.
 * @param path a relative one is resolved at once
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("uploads", directoryCheck("/var/lib/orders/uploads"), { intervalMs: 10_000 });
 */
export const directoryCheck = (path: string, options?: DirectoryCheckOptions): Check => {
  const folder = pathOf("directoryCheck", path);
  optionsOf("directoryCheck", options, []);
  const file = tinyFile(join(folder, `.probekit-${process.pid}-${randomUUID()}`));
  const ask = sharedQuestion((of: TinyFile) => of.writeAndRemove());
  return async ({ signal }) => {
    try {
      await ask(file, signal);
      return undefined;
    } catch (error) {
      throw fileFailureOf(error);
    }
  };
};

interface TinyFile {
  writeAndRemove(): Promise<void>;
}

/** A file that exists while it is written. One that could not be removed is removed first the next time. */
const tinyFile = (path: string): TinyFile => {
  let exists = false;
  const remove = async (): Promise<void> => {
    if (!exists) return;
    await promises.unlink(path).catch(unlessMissing);
    exists = false;
  };
  const write = async (): Promise<void> => {
    const handle = await promises.open(path, "wx", 0o600);
    exists = true;
    try {
      await handle.writeFile("probekit\n");
    } finally {
      await handle.close();
    }
  };
  return {
    writeAndRemove: async () => {
      await remove();
      try {
        await write();
      } finally {
        await remove();
      }
    },
  };
};

const unlessMissing = (error: unknown): void => {
  if (!isMissing(error)) throw error;
};
