import type { Check, CheckVerdict } from "probekit";
import { descriptorLimit, openDescriptors } from "./process/descriptors.js";
import { fileFailureOf, isMissing, isOutOfDescriptors } from "./process/file-failure.js";
import { fraction, percent, rising, rounded, verdictOn, type Level } from "./shared/levels.js";
import { optionsOf } from "./shared/options.js";

/** Options of {@link fileDescriptorsCheck}; `undefined` always means the default. */
export interface FileDescriptorsCheckOptions {
  /** The used part of the limit, over 0 to 1, from which it warns. @default 0.9 */
  readonly warnAt?: number | undefined;
  /** The same from which it is an error; at least `warnAt`. @default none */
  readonly errorAt?: number | undefined;
}

/**
 * Compares the descriptors that the process has open (sockets, files, pipes) with its soft limit (`ulimit -n`); without
 * one left, it can't accept a connection.
 *
 * Few left warn, and are an error only from `errorAt` on. `data` holds `open`, `limit` and `used` (0 to 1). Both are
 * read from Linux' /proc; on another system it is ok and says that nothing is known.
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("descriptors", fileDescriptorsCheck());
 */
export const fileDescriptorsCheck = (options?: FileDescriptorsCheckOptions): Check => {
  const { warnAt, errorAt } = optionsOf("fileDescriptorsCheck", options, ["warnAt", "errorAt"]);
  const level = rising({ warn: ["warnAt", warnAt], error: ["errorAt", errorAt], scale: fraction }, 0.9);
  return () => {
    try {
      return verdict(openDescriptors("/proc/self"), descriptorLimit("/proc/self"), level);
    } catch (error) {
      if (isOutOfDescriptors(error)) return exhausted(error, level);
      if (isMissing(error)) return { status: "ok", message: `not known on ${process.platform}` };
      throw fileFailureOf(error);
    }
  };
};

const verdict = (open: number, limit: number, level: (used: number) => Level): CheckVerdict => {
  const used = open / limit;
  const message = `${open} of ${limit} file descriptors are open, ${percent(used)}`;
  return verdictOn([{ level: level(used), message }], { open, limit: Number.isFinite(limit) ? limit : "unlimited", used: rounded(used, 4) });
};

// That /proc can't be opened for want of a descriptor is the answer.
const exhausted = (error: unknown, level: (used: number) => Level): CheckVerdict => {
  const { message } = fileFailureOf(error) as Error;
  return verdictOn([{ level: level(1), message }], { used: 1 });
};
