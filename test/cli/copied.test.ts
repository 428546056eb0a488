import { copyFile, readdir, readFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { folder, remove } from "../support/real/served.js";
import type { Options } from "tsup";
import configurations from "../../tsup.config.js";
import { buildInto } from "./support/built.js";
import { start } from "./support/process.js";
import { service } from "./support/servers.js";

vi.setConfig({ testTimeout: 60_000 });

/** The package's own settings for it: minified, and what is unused taken out. */
const own = (configurations as readonly Options[]).find(({ entry }) => entry !== undefined && "cli" in entry) ?? {};

describe("the one file, copied into an empty folder", () => {
  let [built, alone] = ["", ""];
  beforeAll(async () => {
    [built, alone] = [await folder(), await folder()];
    await copyFile(await buildInto(built, own), join(alone, "probekit.cjs"));
  }, 120_000);
  afterAll(async () => Promise.all([built, alone].map(remove)));

  const run = (...args: readonly string[]) => start([process.execPath, join(alone, "probekit.cjs"), ...args], { cwd: alone }).ended;

  it("is the whole build", async () => expect(await readdir(built)).toEqual(["cli.cjs"]));

  it("needs nothing but Node", async () => {
    const text = await readFile(join(alone, "probekit.cjs"), "utf8");
    const needed = [...text.matchAll(/\b(?:require|import)\(\s*([^)]*)\)/g)].map(([, name = ""]) => name.replace(/["'`]/g, ""));
    expect(needed.length).toBeGreaterThan(0);
    expect(needed.filter((name) => !builtinModules.includes(name.replace(/^node:/, "")))).toEqual([]);
  });

  it("checks", async () => {
    const { url, says } = await service();
    expect(await run("check", "--timeout", "30s", url)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^healthy /), stderr: "" });
    says(false);
    expect(await run("check", "--timeout", "30s", url)).toMatchObject({
      code: 1,
      stdout: expect.stringMatching(/^unhealthy .*: redis failed\n$/),
      stderr: "",
    });
  });

  it("checks over TLS, which it loads only then", async () => {
    const { code, stdout } = await run("check", "--timeout", "30s", "https://127.0.0.1:1/");
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^unreachable https:\/\/127\.0\.0\.1:1\/ \d+ ms: connection refused/)]);
  });

  it("waits, watches and helps", async () => {
    const { url } = await service();
    expect((await run("wait", "--interval", "50ms", "--request-timeout", "30s", url)).code).toBe(0);
    expect((await run("watch")).code).toBe(64);
    expect((await run("help")).code).toBe(0);
  });

  it("runs as a program of its own", async () => {
    expect((await readFile(join(built, "cli.cjs"), "utf8")).split("\n")[0]).toBe("#!/usr/bin/env node");
    expect((await start([join(built, "cli.cjs"), "--version"]).ended).code).toBe(0);
  });
});
