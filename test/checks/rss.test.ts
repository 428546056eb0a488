import fs from "node:fs";
import { totalmem } from "node:os";
import { rssCheck } from "probekit/checks/rss";
import { runCheck } from "probekit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { memoryLimit, memoryLimitFiles } from "../../src/checks/process/cgroup.js";
import { fileError } from "./support/folder.js";
import { thrown } from "./support/thrown.js";

afterEach(() => {
  vi.restoreAllMocks();
});

const readFile = fs.readFileSync;

/** Lets the kernel name a limit for the process's cgroup. */
const limitTo = (bytes: number): void => {
  const texts: Record<string, string> = {
    "/proc/self/mountinfo": "35 24 0:30 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
    "/proc/self/cgroup": "0::/\n",
    "/sys/fs/cgroup/memory.max": `${bytes}\n`,
  };
  const read = (file: unknown, ...rest: unknown[]) => (typeof file === "string" && texts[file]) || readFile(file as string, ...(rest as [BufferEncoding]));
  vi.spyOn(fs, "readFileSync").mockImplementation(read as typeof readFile);
};

describe("rssCheck", () => {
  it("compares resident memory with the limit that holds on this machine", async () => {
    const { status, data } = await runCheck(rssCheck({ warnAt: 1 }));
    const { rssBytes, limitBytes, used, limit } = data as { rssBytes: number; limitBytes: number; used: number; limit: string };
    const ofCgroup = memoryLimit(memoryLimitFiles());
    expect([status, limit, limitBytes]).toEqual(["ok", ofCgroup < totalmem() ? "cgroup" : "machine", Math.min(ofCgroup, totalmem())]);
    expect(used).toBe(Number((rssBytes / limitBytes).toFixed(4)));
    expect(rssBytes / process.memoryUsage.rss()).toBeCloseTo(1, 0);
  });

  it("warns near the cgroup's limit, and forgets it when that is raised", async () => {
    const check = rssCheck();
    limitTo(process.memoryUsage.rss());
    const message = expect.stringMatching(/^resident memory is at [\d.]+ % of the cgroup's limit$/);
    expect(await runCheck(check)).toMatchObject({ status: "warn", message, data: { limit: "cgroup" } });
    limitTo(process.memoryUsage.rss() * 10);
    expect(await runCheck(check)).toMatchObject({ status: "ok", data: { limit: "cgroup" } });
  });

  it("is an error only from errorAt on", async () => {
    limitTo(1000);
    expect(await runCheck(rssCheck({ warnAt: 1 }))).toMatchObject({ status: "warn" });
    expect(await runCheck(rssCheck({ errorAt: 1 }))).toMatchObject({ status: "error", reason: "failed" });
  });

  it("takes a limit of one's own", async () => {
    expect(await runCheck(rssCheck({ limitBytes: 1000 }))).toMatchObject({
      status: "warn",
      message: expect.stringMatching(/^resident memory is at [\d.]+ % of the limit$/),
      data: { limitBytes: 1000, limit: "option" },
    });
    expect(await runCheck(rssCheck({ limitBytes: 2 ** 50 }))).toMatchObject({ status: "ok", data: { limit: "option" } });
  });

  it("warns that nothing is known while no descriptor is left", async () => {
    vi.spyOn(fs, "readFileSync").mockImplementation(() => {
      throw fileError("EMFILE");
    });
    expect(await runCheck(rssCheck({ errorAt: 1 }))).toMatchObject({
      status: "warn",
      message: "resident memory is not known: the process has no file descriptor left (EMFILE)",
    });
  });

  it("falls back to the machine's memory where there are no cgroups", async () => {
    vi.spyOn(fs, "readFileSync").mockImplementation(() => {
      throw fileError("ENOENT");
    });
    expect(await runCheck(rssCheck({ warnAt: 1 }))).toMatchObject({ status: "ok", data: { limitBytes: totalmem(), limit: "machine" } });
  });

  it("refuses what it does not know", () => {
    expect(thrown(() => rssCheck({ limitBytes: "512Mi" as never })).message).toBe("limitBytes must be a whole number of bytes from 1; got a string");
    expect(thrown(() => rssCheck({ warnAt: 2 })).message).toBe("warnAt must be a fraction over 0, at most 1; got 2");
    expect(thrown(() => rssCheck({ max: 1 } as never)).code).toBe("unknown-option");
  });
});
