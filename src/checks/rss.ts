import { totalmem } from "node:os";
import type { Check, CheckVerdict } from "probekit";
import { memoryLimit, memoryLimitFiles } from "./process/cgroup.js";
import { fileFailureOf, isOutOfDescriptors } from "./process/file-failure.js";
import { bytes, fraction, numberOption, percent, rising, rounded, verdictOn, type Level } from "./shared/levels.js";
import { optionsOf } from "./shared/options.js";

/** Options of {@link rssCheck}; `undefined` always means the default. */
export interface RssCheckOptions {
  /** The used part of the limit, over 0 to 1, from which it warns. @default 0.9 */
  readonly warnAt?: number | undefined;
  /** The same from which it is an error; at least `warnAt`. @default none */
  readonly errorAt?: number | undefined;
  /** A limit of one's own in bytes, such as a process manager's, instead of the cgroup's. A whole number from 1. @default none */
  readonly limitBytes?: number | undefined;
}

/**
 * Compares the process's resident memory with the limit at which the kernel kills it: that of its cgroup (version 1 or
 * 2) or of one above it, whichever is least, read anew at each run; without any, the machine's memory.
 *
 * Memory near its limit warns, and is an error only from `errorAt` on. Other processes of the same container count
 * against the same limit and are not seen here. `data` holds `rssBytes`, `limitBytes`, `used` (0 to 1) and `limit`:
 * whether that is the `cgroup`'s, the `machine`'s or your `option`.
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("memory", rssCheck());
 */
export const rssCheck = (options?: RssCheckOptions): Check => {
  const { warnAt, errorAt, limitBytes } = optionsOf("rssCheck", options, ["warnAt", "errorAt", "limitBytes"]);
  const level = rising({ warn: ["warnAt", warnAt], error: ["errorAt", errorAt], scale: fraction }, 0.9);
  const own = numberOption("limitBytes", limitBytes, bytes);
  const limitOf = own === undefined ? kernelLimit() : (): Limit => ({ limit: "option", limitBytes: own });
  return () => {
    try {
      return verdict(limitOf(), process.memoryUsage.rss(), level);
    } catch (error) {
      return notKnown(error);
    }
  };
};

const verdict = ({ limit, limitBytes }: Limit, rssBytes: number, level: (used: number) => Level): CheckVerdict => {
  const used = rssBytes / limitBytes;
  const message = `resident memory is at ${percent(used)} of the ${limit === "option" ? "" : `${limit}'s `}limit`;
  return verdictOn([{ level: level(used), message }], { rssBytes, limitBytes, used: rounded(used, 4), limit });
};

// Linux tells both in files: with no descriptor left it is not known how full memory is, which is no reason to fail.
const notKnown = (error: unknown): CheckVerdict => {
  const failure = fileFailureOf(error);
  if (!isOutOfDescriptors(error)) throw failure;
  return { status: "warn", message: `resident memory is not known: ${(failure as Error).message}` };
};

interface Limit {
  readonly limit: "cgroup" | "machine" | "option";
  readonly limitBytes: number;
}

// Version 1 says "none" with a number greater than any memory.
const holding = (ofCgroup: number): Limit => {
  const ofMachine = totalmem();
  return ofCgroup < ofMachine ? { limit: "cgroup", limitBytes: ofCgroup } : { limit: "machine", limitBytes: ofMachine };
};

/** The limit at which the kernel kills; which files tell it is found out once. */
const kernelLimit = (): (() => Limit) => {
  let files: readonly string[] | undefined;
  return () => {
    files ??= memoryLimitFiles();
    return holding(memoryLimit(files));
  };
};
