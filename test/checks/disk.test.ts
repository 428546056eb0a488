import { promises, type StatsFs } from "node:fs";
import { tmpdir } from "node:os";
import { diskCheck, type DiskCheckOptions } from "probekit/checks/disk";
import { runCheck, type CheckRun } from "probekit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fileError } from "./support/folder.js";
import { thrown } from "./support/thrown.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** What the check says of a file system: 1,000 blocks of 4 KiB, of which root keeps 100 to itself. */
const saidOf = (figures: Partial<StatsFs>, options?: DiskCheckOptions): Promise<CheckRun> => {
  const empty = { type: 0, bsize: 4096, blocks: 1000, bfree: 1000, bavail: 900, files: 100, ffree: 100 };
  vi.spyOn(promises, "statfs").mockResolvedValue({ ...empty, ...figures });
  return runCheck(diskCheck("/", options));
};

describe("diskCheck", () => {
  it("asks the file system of a path", async () => {
    const { status, data } = await runCheck(diskCheck(tmpdir(), { warnAt: 1 }));
    const { bsize, bavail } = await promises.statfs(tmpdir());
    const { freeBytes } = data as { freeBytes: number };
    expect(status).toBe("ok");
    expect(freeBytes / (bsize * bavail)).toBeCloseTo(1, 1);
  });

  it("reckons as df does: what only root may use is used", async () => {
    expect(await saidOf({ bfree: 550, bavail: 450 })).toMatchObject({
      status: "ok",
      data: { freeBytes: 450 * 4096, totalBytes: 900 * 4096, used: 0.5, inodesUsed: 0 },
    });
  });

  it("warns from warnAt on, 0.9 by default, and is an error only from errorAt on", async () => {
    expect(await saidOf({ bfree: 191, bavail: 91 })).toMatchObject({ status: "ok" });
    expect(await saidOf({ bfree: 190, bavail: 90 })).toMatchObject({ status: "warn", message: "90 % of the disk's space is used" });
    expect(await saidOf({ bfree: 100, bavail: 0 })).toMatchObject({ status: "warn", message: "100 % of the disk's space is used" });
    expect(await saidOf({ bfree: 100, bavail: 0 }, { errorAt: 1 })).toMatchObject({ status: "error", message: "100 % of the disk's space is used" });
  });

  it("judges inodes by the same thresholds, where there are any", async () => {
    expect(await saidOf({ ffree: 5 })).toMatchObject({ status: "warn", message: "95 % of the disk's inodes are used", data: { inodesUsed: 0.95 } });
    const { status, data } = await saidOf({ files: 0, ffree: 0 });
    expect([status, Object.keys(data as object)]).toEqual(["ok", ["freeBytes", "totalBytes", "used"]]);
  });

  it("judges free bytes where it is asked to", async () => {
    const options = { warnBelowBytes: 900 * 4096, errorBelowBytes: 800 * 4096 };
    expect(await saidOf({}, options)).toMatchObject({ status: "ok" });
    expect(await saidOf({ bavail: 899 }, options)).toMatchObject({ status: "warn", message: `${899 * 4096} bytes of the disk are free` });
    expect(await saidOf({ bavail: 799 }, options)).toMatchObject({ status: "error", message: `${799 * 4096} bytes of the disk are free` });
  });

  it("is ok with a file system that has no space of its own", async () => {
    expect(await saidOf({ blocks: 0, bfree: 0, bavail: 0, files: 0, ffree: 0 })).toMatchObject({ status: "ok", data: { used: 0 } });
  });

  it("is an error for a path that does not exist, and names none", async () => {
    expect(await runCheck(diskCheck("/var/secret/place"))).toMatchObject({ status: "error", message: "the path does not exist (ENOENT)" });
    vi.spyOn(promises, "statfs").mockRejectedValue(fileError("ESTALE"));
    expect(await runCheck(diskCheck("/"))).toMatchObject({ status: "error", message: "the mount is gone (ESTALE)" });
    vi.spyOn(promises, "statfs").mockRejectedValue(fileError("EWHATEVER"));
    expect(await runCheck(diskCheck("/"))).toMatchObject({ status: "error", message: "the file system failed (EWHATEVER)" });
  });

  it("keeps a relative path where it was", async () => {
    const statfs = vi.spyOn(promises, "statfs");
    await runCheck(diskCheck("src"));
    expect(statfs).toHaveBeenCalledWith(`${process.cwd()}/src`);
  });

  it("refuses what it does not know", () => {
    const wanted = "diskCheck takes a path, a string that is not empty; got ";
    for (const [path, got] of [[undefined, "undefined"], ["", "an empty one"], [5, "a number"], [new URL("file:///"), "an object made by URL"], ["a\0b", "a string"]]) {
      expect(thrown(() => diskCheck(path as never))).toEqual({ code: "invalid-option", message: wanted + got });
    }
    expect(thrown(() => diskCheck("/", { warnBelowBytes: 5, errorBelowBytes: 6 })).message).toBe("errorBelowBytes must be at most warnBelowBytes; got 6 and 5");
    expect(thrown(() => diskCheck("/", { warnBelowBytes: "1GB" as never })).message).toBe("warnBelowBytes must be a whole number of bytes from 1; got a string");
    expect(thrown(() => diskCheck("/", { path: "/" } as never)).code).toBe("unknown-option");
  });
});
