import { chmodSync, promises, readdirSync } from "node:fs";
import { join } from "node:path";
import { directoryCheck } from "probekit/checks/directory";
import { runCheck } from "probekit/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { fileError, temporaryFolders } from "./support/folder.js";
import { thrown } from "./support/thrown.js";

const folderOf = temporaryFolders();

afterEach(() => {
  vi.restoreAllMocks();
});

/** Does something as a user who is not root, whom permissions do not hold back. */
const asNobody = async <T>(work: () => Promise<T>): Promise<T> => {
  const user = process.geteuid?.();
  if (user !== 0) return work();
  process.seteuid?.(65_534);
  try {
    return await work();
  } finally {
    process.seteuid?.(user);
  }
};

/** Lets the next write to an open file fail. */
const failWrite = async (folder: string, code: string): Promise<void> => {
  const handle = await promises.open(folder, "r");
  vi.spyOn(Object.getPrototypeOf(handle), "writeFile").mockRejectedValueOnce(fileError(code));
  await handle.close();
};

describe("directoryCheck", () => {
  it("writes a file and removes it", async () => {
    const folder = folderOf();
    const open = vi.spyOn(promises, "open");
    expect(await runCheck(directoryCheck(folder))).toMatchObject({ status: "ok" });
    expect(open.mock.calls).toEqual([[expect.stringMatching(`^${folder}/\\.probekit-${process.pid}-[0-9a-f-]{36}$`), "wx", 0o600]]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it("names what is wrong with the directory, and not its path", async () => {
    const folder = folderOf({ file: "" });
    expect(await runCheck(directoryCheck(join(folder, "nothing")))).toMatchObject({ status: "error", message: "the path does not exist (ENOENT)" });
    expect(await runCheck(directoryCheck(join(folder, "file")))).toMatchObject({ status: "error", message: "not a directory (ENOTDIR)" });
    chmodSync(folder, 0o555);
    expect(await asNobody(() => runCheck(directoryCheck(folder)))).toMatchObject({ status: "error", message: "not permitted (EACCES)" });
    chmodSync(folder, 0o755);
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it.each([
    ["ENOSPC", "no space is left (ENOSPC)"],
    ["EDQUOT", "the disk quota is used up (EDQUOT)"],
    ["EIO", "input or output failed (EIO)"],
  ])("leaves no file behind when the write fails: %s", async (code, message) => {
    const folder = folderOf();
    const check = directoryCheck(folder);
    await failWrite(folder, code);
    expect(await runCheck(check)).toMatchObject({ status: "error", reason: "failed", message });
    expect(readdirSync(folder)).toEqual([]);
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
  });

  it.each([
    ["EROFS", "the file system is read-only (EROFS)"],
    ["EMFILE", "the process has no file descriptor left (EMFILE)"],
    ["ESTALE", "the mount is gone (ESTALE)"],
  ])("names what keeps the file from being made: %s", async (code, message) => {
    vi.spyOn(promises, "open").mockRejectedValueOnce(fileError(code));
    expect(await runCheck(directoryCheck(folderOf()))).toMatchObject({ status: "error", message });
  });

  it("leaves one file at most where files can't be removed, and none afterwards", async () => {
    const folder = folderOf();
    const check = directoryCheck(folder);
    const unlink = vi.spyOn(promises, "unlink").mockRejectedValue(fileError("EPERM"));
    for (let turn = 0; turn < 3; turn++) expect(await runCheck(check)).toMatchObject({ status: "error", message: "not permitted (EPERM)" });
    expect(readdirSync(folder).length).toBe(1);
    unlink.mockRestore();
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
    expect(readdirSync(folder)).toEqual([]);
  });

  it("does not mind who else removes its file", async () => {
    vi.spyOn(promises, "unlink").mockRejectedValueOnce(fileError("ENOENT"));
    expect(await runCheck(directoryCheck(folderOf()))).toMatchObject({ status: "ok" });
  });

  it("collides with no other check of the same directory", async () => {
    const folder = folderOf();
    const said = await Promise.all(Array.from({ length: 50 }, () => runCheck(directoryCheck(folder), { timeoutMs: 20_000 })));
    expect(new Set(said.map(({ status }) => status))).toEqual(new Set(["ok"]));
    expect(readdirSync(folder)).toEqual([]);
  });

  it("removes its file when it is aborted", async () => {
    const folder = folderOf();
    const controller = new AbortController();
    const unlink = vi.spyOn(promises, "unlink");
    const { open } = promises;
    vi.spyOn(promises, "open").mockImplementationOnce(async (...place) => {
      const handle = await open(...place);
      controller.abort();
      return handle;
    });
    expect(await runCheck(directoryCheck(folder), { signal: controller.signal })).toMatchObject({ status: "pending" });
    await expect.poll(() => unlink.mock.calls.length).toBe(1);
    await expect.poll(() => readdirSync(folder)).toEqual([]);
  });

  it("refuses what it does not know", () => {
    expect(thrown(() => directoryCheck(undefined as never)).message).toBe("directoryCheck takes a path, a string that is not empty; got undefined");
    expect(thrown(() => directoryCheck("/tmp", { name: "x" } as never)).message).toBe('directoryCheck has no option "name"; it has none');
  });
});
