import { execFile } from "node:child_process";
import fs, { readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fileDescriptorsCheck } from "probekit/checks/file-descriptors";
import { runCheck } from "probekit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { descriptorLimit, openDescriptors } from "../../src/checks/process/descriptors.js";
import { fileError, temporaryFolders } from "./support/folder.js";
import { thrown } from "./support/thrown.js";

const folderOf = temporaryFolders();
const root = fileURLToPath(new URL("../..", import.meta.url));

afterEach(() => {
  vi.restoreAllMocks();
});

describe("fileDescriptorsCheck", () => {
  it("counts what is open, not what it opens itself", async () => {
    const { status, data } = await runCheck(fileDescriptorsCheck());
    const { open, limit, used } = data as Record<"open" | "limit" | "used", number>;
    expect(status).toBe("ok");
    expect(used).toBe(Number((open / limit).toFixed(4)));
    await expect.poll(() => openDescriptors("/proc/self") - readdirSync("/proc/self/fd").length + 1).toBe(0);
  });

  it("warns from warnAt on, and is an error only from errorAt on", async () => {
    const message = expect.stringMatching(/^\d+ of \d+ file descriptors are open, [\d.]+ %$/);
    expect(await runCheck(fileDescriptorsCheck({ warnAt: 1e-9 }))).toMatchObject({ status: "warn", message });
    expect(await runCheck(fileDescriptorsCheck({ errorAt: 1e-9 }))).toMatchObject({ status: "error", message });
  });

  it("knows a process that has none left, and says ok when it has some again", async () => {
    const script = "ulimit -n 64; exec \"$0\" --import tsx test/checks/support/out-of-descriptors.ts";
    const { stdout } = await promisify(execFile)("bash", ["-c", script, process.execPath], { cwd: root });
    const [before, without, after] = stdout.trim().split("\n").map((line) => JSON.parse(line));
    const statuses = (said: Record<string, { status: string }>) => Object.entries(said).map(([name, { status }]) => `${name} ${status}`);
    const well = ["descriptors ok", "strict ok", "memory ok", "directory ok"];
    expect(statuses(before)).toEqual(well);
    expect(statuses(without)).toEqual(["descriptors warn", "strict error", "memory warn", "directory error"]);
    expect(statuses(after)).toEqual(well);
    expect(before.descriptors.data.limit).toBe(64);
    const none = "the process has no file descriptor left (EMFILE)";
    expect([without.descriptors.message, without.directory.message, without.memory.message]).toEqual([none, none, `resident memory is not known: ${none}`]);
  }, 60_000);

  it("is ok and says that nothing is known where there is no /proc", async () => {
    vi.spyOn(fs, "statSync").mockImplementation(() => {
      throw fileError("ENOENT");
    });
    expect(await runCheck(fileDescriptorsCheck({ errorAt: 1e-9 }))).toMatchObject({ status: "ok", message: `not known on ${process.platform}` });
  });

  it("names any other failure without a path", async () => {
    vi.spyOn(fs, "statSync").mockImplementation(() => {
      throw fileError("EACCES");
    });
    expect(await runCheck(fileDescriptorsCheck())).toMatchObject({ status: "error", message: "not permitted (EACCES)" });
  });

  it("lists the folder where the kernel does not tell its size", () => {
    const proc = folderOf();
    symlinkSync("/proc/self/ns", join(proc, "fd")); // A folder of /proc that has no size on any kernel.
    expect(openDescriptors(proc)).toBe(readdirSync("/proc/self/ns").length - 1);
  });

  it("reads the soft limit", () => {
    const limits = (soft: string) => `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}                 1048576              files\n`;
    expect(descriptorLimit(folderOf({ limits: limits("1024") }))).toBe(1024);
    expect(descriptorLimit(folderOf({ limits: limits("unlimited") }))).toBe(Infinity);
  });

  it("refuses what it does not know", () => {
    expect(thrown(() => fileDescriptorsCheck({ errorAt: 1000 })).message).toBe("errorAt must be a fraction over 0, at most 1; got 1000");
    expect(thrown(() => fileDescriptorsCheck({ max: 1 } as never)).code).toBe("unknown-option");
  });
});
