import { resolve } from "node:path";
import { HealthError } from "probekit";
import { described, member } from "../shared/duck.js";

/** What the code of a file system's error means, in words that name no path. */
const kinds: Readonly<Record<string, string>> = {
  ENOENT: "the path does not exist",
  ENOTDIR: "not a directory",
  EISDIR: "a directory, not a file",
  ELOOP: "the path has a loop of symbolic links",
  EACCES: "not permitted",
  EPERM: "not permitted",
  EROFS: "the file system is read-only",
  ENOSPC: "no space is left",
  EDQUOT: "the disk quota is used up",
  EMFILE: "the process has no file descriptor left",
  ENFILE: "the system has no file descriptor left",
  EIO: "input or output failed",
  ESTALE: "the mount is gone",
  ENOTCONN: "the mount is gone",
  ENODEV: "the mount is gone",
  ENXIO: "the mount is gone",
  EHOSTDOWN: "the mount is gone",
};

/** An error that names the kind of a file system's failure without its path, with that failure as its cause. */
export const fileFailureOf = (error: unknown): unknown => {
  const code = member(error, "code");
  if (typeof code !== "string") return error;
  return new Error(`${kinds[code] ?? "the file system failed"} (${code})`, { cause: error });
};

/** Whether nothing stands at the path. */
export const isMissing = (error: unknown): boolean => ["ENOENT", "ENOTDIR"].includes(String(member(error, "code")));

/** Whether descriptors have run out, the process's or the system's. */
export const isOutOfDescriptors = (error: unknown): boolean => ["EMFILE", "ENFILE"].includes(String(member(error, "code")));

/**
 * The absolute path that a check was given.
 * @throws HealthError `invalid-option` for anything but a text that can be a path
 */
export const pathOf = (check: string, given: unknown): string => {
  if (typeof given === "string" && given !== "" && !given.includes("\0")) return resolve(given);
  const got = given === "" ? "an empty one" : described(given);
  throw new HealthError("invalid-option", `${check} takes a path, a string that is not empty; got ${got}`);
};
