import { promises } from "node:fs";
import { HealthError, type Check, type CheckVerdict } from "probekit";
import { fileFailureOf, isMissing, pathOf } from "./process/file-failure.js";
import { milliseconds, rising, verdictOn, type Level } from "./shared/levels.js";
import { optionsOf, wordOption } from "./shared/options.js";
import { sharedQuestion } from "./shared/shared-question.js";

/** Options of {@link fileCheck}; `undefined` always means the default. */
export interface FileCheckOptions {
  /** `"required"`: it is an error when the file is missing. `"absent"`: it is one while the file is there. @default "required" */
  readonly presence?: "required" | "absent" | undefined;
  /** The age, in milliseconds since it was last written, from which it warns. 1 to 2147483647. @default none */
  readonly warnAgeMs?: number | undefined;
  /** The age from which it is an error; at least `warnAgeMs`. 1 to 2147483647. @default none */
  readonly maxAgeMs?: number | undefined;
}

/**
 * Looks for a file: one that must be there, one that a worker must keep touching (`maxAgeMs`, a heartbeat), or one
 * that takes the service out of traffic while it is there (`presence: "absent"`, maintenance mode).
 *
 * `data` holds `ageMs`. The age is the difference between this machine's clock and the time that the file system noted;
 * a file from the future is 0 ms old. A directory is not a file that is there, but one in the way of `"absent"`. A mount
 * whose server is gone holds one of Node's few threads for files until it answers; later runs wait for that answer.
 * A heartbeat in live fails until the worker has first written it: write it before the server listens, or let a startup
 * probe hold live back.
 * @param path a relative one is resolved at once; symbolic links are followed
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("maintenance", fileCheck("/run/orders/maintenance", { presence: "absent" }));
 * @example health.register("worker", fileCheck("/run/orders/heartbeat", { maxAgeMs: 60_000 }), { probes: ["live"] });
 */
export const fileCheck = (path: string, options?: FileCheckOptions): Check => {
  const file = { path: pathOf("fileCheck", path) };
  const { presence, warnAgeMs, maxAgeMs } = optionsOf("fileCheck", options, ["presence", "warnAgeMs", "maxAgeMs"]);
  const isAbsent = wordOption("presence", presence, ["required", "absent"], "required") === "absent";
  const level = rising({ warn: ["warnAgeMs", warnAgeMs], error: ["maxAgeMs", maxAgeMs], scale: milliseconds });
  const age = warnAgeMs ?? maxAgeMs;
  if (isAbsent && age !== undefined) throw new HealthError("invalid-option", `an age needs presence "required"; got "absent" and ${age}`);
  const look = sharedQuestion(found);
  return async ({ signal }) => {
    try {
      const seen = await look(file, signal);
      return isAbsent ? absence(seen) : freshness(seen, level);
    } catch (error) {
      throw fileFailureOf(error);
    }
  };
};

/** What stands at a path: an error that says that nothing does. */
type Found = { readonly ageMs: number; readonly isDirectory: boolean } | { readonly missing: unknown };

const found = async ({ path }: { readonly path: string }): Promise<Found> => {
  try {
    const seen = await promises.stat(path);
    return { ageMs: Math.max(0, Math.round(Date.now() - seen.mtimeMs)), isDirectory: seen.isDirectory() };
  } catch (error) {
    if (isMissing(error)) return { missing: error };
    throw error;
  }
};

const absence = (seen: Found): CheckVerdict =>
  "missing" in seen ? { status: "ok" } : { status: "error", message: "the file is there", data: { ageMs: seen.ageMs } };

// What mounts a file that doesn't exist makes a directory in its place.
const freshness = (seen: Found, level: (ageMs: number) => Level): CheckVerdict => {
  if ("missing" in seen) throw seen.missing;
  const { ageMs } = seen;
  if (seen.isDirectory) return { status: "error", message: "a directory stands in the file's place" };
  return verdictOn([{ level: level(ageMs), message: `the file was last written ${ageMs} ms ago` }], { ageMs });
};
