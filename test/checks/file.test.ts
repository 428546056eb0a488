import { promises, renameSync, rmSync, symlinkSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { fileCheck, type FileCheckOptions } from "probekit/checks/file";
import { runCheck } from "probekit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fileError, temporaryFolders } from "./support/folder.js";
import { thrown } from "./support/thrown.js";

const folderOf = temporaryFolders();
const fileOf = (): string => join(folderOf({ file: "" }), "file");

afterEach(() => {
  vi.restoreAllMocks();
});

const agedCheck = (ageMs: number, options: FileCheckOptions) => {
  const file = fileOf();
  const now = Date.UTC(2026, 5, 1);
  utimesSync(file, now / 1000, (now - ageMs) / 1000);
  vi.spyOn(Date, "now").mockReturnValue(now);
  return runCheck(fileCheck(file, options));
};

describe("a file that must be there", () => {
  it("is ok while it is, and an error without a path while it is not", async () => {
    const file = fileOf();
    const check = fileCheck(file);
    expect(await runCheck(check)).toMatchObject({ status: "ok", data: { ageMs: expect.any(Number) } });
    renameSync(file, `${file}.old`);
    expect(await runCheck(check)).toMatchObject({ status: "error", reason: "failed", message: "the path does not exist (ENOENT)" });
    renameSync(`${file}.old`, file);
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
  });

  it("may be a symbolic link, not a dangling one", async () => {
    const file = fileOf();
    symlinkSync(file, `${file}.link`);
    expect(await runCheck(fileCheck(`${file}.link`))).toMatchObject({ status: "ok" });
    rmSync(file);
    expect(await runCheck(fileCheck(`${file}.link`))).toMatchObject({ status: "error" });
  });

  it("is not a directory", async () => {
    expect(await runCheck(fileCheck(folderOf()))).toMatchObject({ status: "error", message: "a directory stands in the file's place" });
  });

  it("is an error where it can't be looked for", async () => {
    vi.spyOn(promises, "stat").mockRejectedValue(fileError("EACCES"));
    expect(await runCheck(fileCheck("/x"))).toMatchObject({ status: "error", message: "not permitted (EACCES)" });
  });
});

describe("a file that must be fresh", () => {
  const ages: [number, FileCheckOptions, string][] = [
    [59_999, { maxAgeMs: 60_000 }, "ok"],
    [60_000, { maxAgeMs: 60_000 }, "error"],
    [30_000, { warnAgeMs: 30_000 }, "warn"],
    [90_000_000, { warnAgeMs: 30_000 }, "warn"],
    [45_000, { warnAgeMs: 30_000, maxAgeMs: 60_000 }, "warn"],
    [75_000, { warnAgeMs: 30_000, maxAgeMs: 60_000 }, "error"],
    [90_000_000, {}, "ok"],
  ];

  it.each(ages)("%d ms old, %j: %s", async (ageMs, options, status) => {
    const message = status === "ok" ? {} : { message: `the file was last written ${ageMs} ms ago` };
    expect(await agedCheck(ageMs, options)).toMatchObject({ status, ...message, data: { ageMs } });
  });

  it("is 0 ms old when it comes from the future", async () => {
    expect(await agedCheck(-3_600_000, { maxAgeMs: 1 })).toMatchObject({ status: "ok", data: { ageMs: 0 } });
  });

  it("is an error when it is missing", async () => {
    expect(await runCheck(fileCheck("/nowhere/heartbeat", { maxAgeMs: 60_000 }))).toMatchObject({ status: "error" });
  });
});

describe("a file that must be absent", () => {
  it("takes the service out of traffic while it is there", async () => {
    const file = fileOf();
    const check = fileCheck(file, { presence: "absent" });
    expect(await runCheck(check)).toMatchObject({ status: "error", message: "the file is there", data: { ageMs: expect.any(Number) } });
    rmSync(file);
    expect(await runCheck(check)).toEqual({ status: "ok", latencyMs: expect.any(Number) });
  });

  it("may be a directory, and may have no folder", async () => {
    expect(await runCheck(fileCheck(folderOf(), { presence: "absent" }))).toMatchObject({ status: "error" });
    expect(await runCheck(fileCheck(join(fileOf(), "below"), { presence: "absent" }))).toMatchObject({ status: "ok" });
  });

  it("is an error where it can't be looked for", async () => {
    vi.spyOn(promises, "stat").mockRejectedValue(fileError("EACCES"));
    expect(await runCheck(fileCheck("/x", { presence: "absent" }))).toMatchObject({ status: "error", message: "not permitted (EACCES)" });
  });
});

it("refuses what it does not know", () => {
  const wrong: [FileCheckOptions, string][] = [
    [{ presence: "maybe" as never }, 'presence must be "required" or "absent"; got "maybe"'],
    [{ maxAgeMs: 0 }, "maxAgeMs must be a number of milliseconds from 1 to 2147483647; got 0"],
    [{ warnAgeMs: 5, maxAgeMs: 4 }, "maxAgeMs must be at least warnAgeMs; got 4 and 5"],
    [{ presence: "absent", maxAgeMs: 5 }, 'an age needs presence "required"; got "absent" and 5'],
  ];
  for (const [options, message] of wrong) expect(thrown(() => fileCheck("/x", options))).toEqual({ code: "invalid-option", message });
  expect(thrown(() => fileCheck(null as never)).message).toBe("fileCheck takes a path, a string that is not empty; got null");
  expect(thrown(() => fileCheck("/x", { maxAge: 5 } as never)).code).toBe("unknown-option");
});
