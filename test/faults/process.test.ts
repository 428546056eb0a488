import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { constants, closeSync, openSync, promises, readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InMemoryProvider, OpenFeature } from "@openfeature/server-sdk";
import { createHealth, type Check } from "probekit";
import { directoryCheck } from "probekit/checks/directory";
import { diskCheck } from "probekit/checks/disk";
import { eventLoopCheck } from "probekit/checks/event-loop";
import { fileCheck } from "probekit/checks/file";
import { fileDescriptorsCheck } from "probekit/checks/file-descriptors";
import { heapCheck } from "probekit/checks/heap";
import { openFeatureCheck } from "probekit/checks/open-feature";
import { rssCheck } from "probekit/checks/rss";
import { afterAll, describe, expect, it } from "vitest";
import { temporaryFolders } from "../checks/support/folder.js";
import { settle } from "../support/fake-clock.js";
import { assertNoLeak } from "./support/leaks.js";

const folderOf = temporaryFolders();
const root = fileURLToPath(new URL("../..", import.meta.url));

afterAll(() => OpenFeature.close());

describe("a thousand runs leave nothing behind", () => {
  const checks: [string, (folder: string) => Check][] = [
    ["eventLoopCheck", () => eventLoopCheck()],
    ["heapCheck", () => heapCheck()],
    ["rssCheck", () => rssCheck()],
    ["fileDescriptorsCheck", () => fileDescriptorsCheck()],
    ["diskCheck", (folder) => diskCheck(folder)],
    ["directoryCheck", (folder) => directoryCheck(folder)],
    ["fileCheck", (folder) => fileCheck(join(folder, "file"))],
    ["openFeatureCheck", () => openFeatureCheck(OpenFeature.getClient())],
  ];

  it.each(checks)("%s", async (_name, make) => {
    await OpenFeature.setProviderAndWait(new InMemoryProvider());
    const folder = folderOf({ file: "" });
    await assertNoLeak(make(folder), { gauge: () => readdirSync(folder) });
  }, 60_000);
});

/** Keeps every thread busy that Node has for files, as mounts whose server is gone do; returns what frees them. */
const hangFiles = async (): Promise<() => Promise<void>> => {
  const pipe = join(folderOf(), "pipe");
  execFileSync("mkfifo", [pipe]);
  const threads = Number(process.env["UV_THREADPOOL_SIZE"] ?? 4);
  const opening = Array.from({ length: threads }, () => promises.open(pipe, "r"));
  await settle();
  return async () => {
    const writer = openSync(pipe, constants.O_WRONLY | constants.O_NONBLOCK);
    for (const handle of await Promise.all(opening)) await handle.close();
    closeSync(writer);
  };
};

const fileRequests = (): number => process.getActiveResourcesInfo().filter((name) => name.startsWith("FSReq")).length;

describe("while every thread for files hangs", () => {
  const checks: [string, (folder: string) => Check][] = [
    ["diskCheck", (folder) => diskCheck(folder)],
    ["directoryCheck", (folder) => directoryCheck(folder)],
    ["fileCheck", (folder) => fileCheck(join(folder, "file"))],
  ];

  it.each(checks)("%s times out, asks once however often it runs, and is ok by the next run", async (_name, make) => {
    const folder = folderOf({ file: "" });
    const health = createHealth({ logger: false, deadlineMs: 10_000 });
    health.register("file", make(folder), { cacheMs: 0, errorCacheMs: 0, timeoutMs: 50 });
    const said = async () => {
      await settle();
      return (await health.report("ready")).checks["file"];
    };
    await expect.poll(said).toMatchObject({ status: "ok" });
    const free = await hangFiles();
    const before = fileRequests();
    for (let turn = 1; turn <= 15; turn++) expect(await said()).toMatchObject({ status: "error", reason: "timeout", failures: turn, abandoned: 0 });
    expect(fileRequests() - before).toBe(1);
    await free();
    await expect.poll(said).toMatchObject({ status: "ok" });
    await health.close();
    await expect.poll(() => readdirSync(folder)).toEqual(["file"]);
  }, 60_000);

  it.each([["rssCheck", rssCheck()], ["fileDescriptorsCheck", fileDescriptorsCheck()]])("%s needs none of them", async (_name, check) => {
    const health = createHealth({ logger: false, deadlineMs: 10_000 });
    health.register("file", check, { cacheMs: 0, errorCacheMs: 0, timeoutMs: 50 });
    const said = async () => (await health.report("ready")).checks["file"];
    await expect.poll(said).toMatchObject({ status: "ok" });
    const free = await hangFiles();
    await settle();
    expect(await said()).toMatchObject({ status: "ok" });
    await free();
    await health.close();
  }, 60_000);
});

describe("a process that runs every check", () => {
  it("ends by itself", async () => {
    const child = spawn(process.execPath, ["--import", "tsx", "test/faults/support/run-and-end.ts"], { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    const said = once(child.stdout, "data");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(String(await said)).toBe("ok ok ok ok ok ok ok\n");
  }, 60_000);
});
