import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { memoryLimit, memoryLimitFiles } from "../../src/checks/process/cgroup.js";
import { temporaryFolders } from "./support/folder.js";

const fileSystem = temporaryFolders();

const unified = (root = "/") => `35 24 0:30 ${root} /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n`;
const ofMemory = (root = "/", point = "/sys/fs/cgroup/memory") => `34 30 0:31 ${root} ${point} rw,relatime shared:9 - cgroup cgroup rw,memory\n`;
const others = "22 1 259:1 / / rw - ext4 /dev/root rw\n31 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";
const none = "9223372036854771712\n";

/** The limit of a process whose mounts and cgroups these are, with what the files of its cgroups say. */
const limitOf = (mountinfo: string, cgroup: string, limits: Readonly<Record<string, string>>): number => {
  const cgroups = Object.fromEntries(Object.entries(limits).map(([file, text]) => [join("sys/fs/cgroup", file), text]));
  return memoryLimit(memoryLimitFiles(fileSystem({ "proc/self/mountinfo": others + mountinfo, "proc/self/cgroup": cgroup, ...cgroups })));
};

describe("the memory limit of cgroup version 2", () => {
  it("is its own, as a container sees it", () => {
    expect(limitOf(unified(), "0::/\n", { "memory.max": "536870912\n" })).toBe(536_870_912);
  });

  it("is none where it says max, or where there is no such file", () => {
    expect(limitOf(unified(), "0::/\n", { "memory.max": "max\n" })).toBe(Infinity);
    expect(limitOf(unified(), "0::/\n", {})).toBe(Infinity);
  });

  it("is the least of its own and of those above it", () => {
    const limits = { "a.slice/memory.max": "1000\n", "a.slice/b.slice/memory.max": "max\n", "a.slice/b.slice/c.scope/memory.max": "2000\n", "other/memory.max": "1\n" };
    expect(limitOf(unified(), "0::/a.slice/b.slice/c.scope\n", limits)).toBe(1000);
  });

  it("is that of the mount where the path lies outside of it", () => {
    expect(limitOf(unified(), "0::/../../system.slice\n", { "memory.max": "3000" })).toBe(3000);
    expect(limitOf(unified("/kubepods/pod1"), "0::/kubepods/pod2\n", { "memory.max": "3000", "kubepods/pod2/memory.max": "1" })).toBe(3000);
  });

  it("is found below the root of its mount, with a colon in its path", () => {
    expect(limitOf(unified("/kubepods"), "0::/kubepods/cri:1\n", { "cri:1/memory.max": "4000" })).toBe(4000);
  });
});

describe("the memory limit of cgroup version 1", () => {
  const cgroup = "9:name=systemd:/docker/abc\n4:cpu,memory:/docker/abc\n";

  it("is its own, as a container without a namespace of cgroups sees it", () => {
    expect(limitOf(ofMemory("/docker/abc"), cgroup, { "memory/memory.limit_in_bytes": "5000\n" })).toBe(5000);
  });

  it("is the least of its own and of those above it", () => {
    const limits = { "memory/memory.limit_in_bytes": none, "memory/docker/memory.limit_in_bytes": "6000\n", "memory/docker/abc/memory.limit_in_bytes": none };
    expect(limitOf(ofMemory(), cgroup, limits)).toBe(6000);
  });

  it("is more than any memory where there is none", () => {
    expect(limitOf(ofMemory(), cgroup, { "memory/memory.limit_in_bytes": none })).toBeGreaterThan(2 ** 62);
  });

  it("holds beside an empty hierarchy of version 2", () => {
    const mounts = ofMemory() + "40 30 0:37 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";
    expect(limitOf(mounts, `${cgroup}0::/\n`, { "memory/docker/abc/memory.limit_in_bytes": "7000" })).toBe(7000);
  });

  it("is read from the mount that holds its path, spaces in its name included", () => {
    const mounts = ofMemory("/other", "/sys/fs/cgroup/elsewhere") + ofMemory("/docker", "/sys/fs/cgroup/my\\040memory");
    const limits = { "elsewhere/memory.limit_in_bytes": "1", "my memory/abc/memory.limit_in_bytes": "8000" };
    expect(limitOf(mounts, cgroup, limits)).toBe(8000);
  });
});

describe("memoryLimit", () => {
  it("is none without cgroups", () => {
    expect(memoryLimitFiles(fileSystem())).toEqual([]);
    expect(memoryLimit([])).toBe(Infinity);
    expect(limitOf("", "0::/\n", {})).toBe(Infinity);
  });

  it("follows a limit that is changed", () => {
    const folder = fileSystem({ "memory.max": "1000" });
    const file = join(folder, "memory.max");
    expect(memoryLimit([file])).toBe(1000);
    writeFileSync(file, "2000");
    expect(memoryLimit([file])).toBe(2000);
  });
});
