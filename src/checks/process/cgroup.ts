import fs from "node:fs";
import { join } from "node:path";
import { member } from "../shared/duck.js";

/** A hierarchy of cgroups as it is mounted: version 2, or the one of version 1 that limits memory. */
interface Mount {
  /** Which of its cgroups the mount begins with. */
  readonly root: string;
  readonly point: string;
  readonly version: 1 | 2;
}

const limitFile = { 1: "memory.limit_in_bytes", 2: "memory.max" } as const;

// The kernel's own files hold no disk and no mount that could hang; to read one at once costs a tenth of reading it on a thread.
/** The text of a file of /proc or /sys; `undefined` where there is none that may be read. */
const textOf = (file: string): string | undefined => {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "EACCES", "EPERM", "ENODEV", "EOPNOTSUPP"].includes(String(member(error, "code")))) return undefined;
    throw error;
  }
};

// proc_pid_mountinfo(5): spaces and the like stand as octal escapes.
const unescaped = (path: string): string => path.replace(/\\([0-7]{3})/g, (_all, code: string) => String.fromCharCode(Number.parseInt(code, 8)));

const mountOf = (line: string): Mount[] => {
  const [left = "", right = ""] = line.split(" - ");
  const [, , , root = "", point = ""] = left.split(" ");
  const [type, , options = ""] = right.split(" ");
  const place = { root: unescaped(root), point: unescaped(point) };
  if (type === "cgroup2") return [{ ...place, version: 2 }];
  return type === "cgroup" && options.split(",").includes("memory") ? [{ ...place, version: 1 }] : [];
};

// cgroups(7): `0::/path` is version 2, `4:cpu,memory:/path` version 1. The path may hold colons.
const cgroupOf = (line: string): { version: 1 | 2; path: string }[] => {
  const [id, controllers = "", ...path] = line.split(":");
  if (id === "0" && controllers === "") return [{ version: 2, path: path.join(":") }];
  return controllers.split(",").includes("memory") ? [{ version: 1, path: path.join(":") }] : [];
};

/** A cgroup's path below a mount's root; `undefined` where it doesn't lie there, as in a container that sees its own cgroup alone. */
const below = (root: string, path: string): string | undefined => {
  if (path.split("/").includes("..")) return undefined;
  if (root === "/") return path;
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : undefined;
};

/** A cgroup and each one above it, up to the mount: the least of their limits is the one that holds. */
const upwards = (path: string): string[] => {
  const parts = path.split("/").filter((part) => part !== "");
  return [...parts.keys(), parts.length].map((length) => parts.slice(0, length).join("/"));
};

/**
 * The files that may limit this process's memory: of its cgroup, version 1 or 2, and of every cgroup above it that it
 * can see. Empty where there are no cgroups.
 * @param fileSystem where the file system begins; a test has one of its own
 */
export const memoryLimitFiles = (fileSystem = "/"): readonly string[] => {
  const [mountinfo = "", cgroups = ""] = ["mountinfo", "cgroup"].map((name) => textOf(join(fileSystem, "proc/self", name)));
  const mounts = mountinfo.split("\n").flatMap(mountOf);
  return cgroups.split("\n").flatMap(cgroupOf).flatMap(({ version, path }) => {
    const same = mounts.filter((mount) => mount.version === version);
    const mount = same.find(({ root }) => below(root, path) !== undefined) ?? same[0];
    if (mount === undefined) return [];
    return upwards(below(mount.root, path) ?? "/").map((folder) => join(fileSystem, mount.point, folder, limitFile[version]));
  });
};

/** The least limit that these files name, in bytes; `Infinity` where none does. Version 2 calls that `max`. */
export const memoryLimit = (files: readonly string[]): number => {
  const limits = files.map((file) => Number.parseInt(textOf(file) ?? "", 10)).filter((limit) => Number.isFinite(limit));
  return Math.min(Infinity, ...limits);
};
