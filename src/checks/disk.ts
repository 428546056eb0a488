import { promises, type StatsFs } from "node:fs";
import type { Check, CheckVerdict } from "probekit";
import { fileFailureOf, pathOf } from "./process/file-failure.js";
import { bytes, falling, fraction, percent, rising, rounded, verdictOn, type Level } from "./shared/levels.js";
import { optionsOf } from "./shared/options.js";
import { sharedQuestion } from "./shared/shared-question.js";

/** Options of {@link diskCheck}; `undefined` always means the default. */
export interface DiskCheckOptions {
  /** The used part of the space, and of the inodes, over 0 to 1, from which it warns. @default 0.9 */
  readonly warnAt?: number | undefined;
  /** The same from which it is an error; at least `warnAt`. @default none */
  readonly errorAt?: number | undefined;
  /** It warns while fewer bytes are free. A whole number from 1. @default none */
  readonly warnBelowBytes?: number | undefined;
  /** It is an error while fewer bytes are free; at most `warnBelowBytes`. A whole number from 1. @default none */
  readonly errorBelowBytes?: number | undefined;
}

/**
 * Asks how full the file system of a path is, as `df` reckons it: what only root may still use counts as used. Where the
 * file system counts inodes, those as well.
 *
 * A full disk warns, and is an error only from `errorAt` or below `errorBelowBytes`; a path that doesn't exist is an
 * error. `data` holds `freeBytes`, `totalBytes`, `used` and `inodesUsed` (0 to 1). A mount whose server is gone holds
 * one of Node's few threads for files (`UV_THREADPOOL_SIZE`) until it answers; later runs wait for that answer and ask
 * nothing more.
 * @param path any file or folder of the file system; a relative one is resolved at once
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("disk", diskCheck("/var/lib/orders", { warnAt: 0.8 }), { intervalMs: 30_000 });
 */
export const diskCheck = (path: string, options?: DiskCheckOptions): Check => {
  const place = { folder: pathOf("diskCheck", path) };
  const given = optionsOf("diskCheck", options, ["warnAt", "errorAt", "warnBelowBytes", "errorBelowBytes"]);
  const levels = levelsOf(given);
  const ask = sharedQuestion((of: { readonly folder: string }) => promises.statfs(of.folder));
  return async ({ signal }) => {
    try {
      return verdict(await ask(place, signal), levels);
    } catch (error) {
      throw fileFailureOf(error);
    }
  };
};

interface Levels {
  used(fraction: number): Level;
  free(bytes: number): Level;
}

const levelsOf = ({ warnAt, errorAt, warnBelowBytes, errorBelowBytes }: DiskCheckOptions): Levels => ({
  used: rising({ warn: ["warnAt", warnAt], error: ["errorAt", errorAt], scale: fraction }, 0.9),
  free: falling({ warn: ["warnBelowBytes", warnBelowBytes], error: ["errorBelowBytes", errorBelowBytes], scale: bytes }),
});

const part = (used: number, of: number): number => (of > 0 ? used / of : 0);

const verdict = ({ bsize, blocks, bfree, bavail, files, ffree }: StatsFs, levels: Levels): CheckVerdict => {
  const total = blocks - bfree + bavail;
  const used = part(blocks - bfree, total);
  const inodesUsed = part(files - ffree, files);
  const freeBytes = bavail * bsize;
  const data = { freeBytes, totalBytes: total * bsize, used: rounded(used, 4), ...(files > 0 && { inodesUsed: rounded(inodesUsed, 4) }) };
  return verdictOn([
    { level: levels.used(used), message: `${percent(used)} of the disk's space is used` },
    { level: levels.used(inodesUsed), message: `${percent(inodesUsed)} of the disk's inodes are used` },
    { level: levels.free(freeBytes), message: `${freeBytes} bytes of the disk are free` },
  ], data);
};
