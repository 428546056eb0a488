import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { outside, pack, project, remove, run, tsc, versionOf } from "./support/packed.js";
import { served } from "./support/probed.js";

const minutes = 60_000;

let folder: string;
let tarball: string;

beforeAll(async () => {
  folder = await outside();
  tarball = await pack(folder);
}, minutes);

afterAll(() => remove(folder), minutes);

const strict = ["--strict", "--target", "es2022", "--types", "node"];

describe.each([
  { major: 4, express: "^4.21.0", types: "^4.17.21" },
  { major: 5, express: "^5.0.0", types: "^5.0.0" },
])("an application on Express $major that installed the packed tarball", ({ major, express, types }) => {
  let app: string;

  beforeAll(async () => {
    app = join(folder, `express-${major}`);
    const node = await versionOf("@types/node");
    await project(app, "project", { probekit: `file:${tarball}`, express, "@types/express": types, "@types/node": node });
    await tsc(app, ...strict, "--module", "nodenext", "ts-esm.mts", "ts-cjs.cts");
  }, 3 * minutes);

  it.each([
    { name: "js-esm", script: "js.mjs" },
    { name: "js-cjs", script: "js.cjs" },
    { name: "ts-esm", script: "ts-esm.mjs" },
    { name: "ts-cjs", script: "ts-cjs.cjs" },
  ])("serves its probes beside its own route ($name)", async ({ name, script }) => {
    const { base, stop } = await served(script, app);
    for (const path of ["/health", "/health/live", "/health/ready", "/health/startup", "/health/ready/database"]) {
      const response = await fetch(base + path);
      expect([path, response.status, await response.json()]).toMatchObject([path, 200, { status: "healthy", service: name }]);
    }
    expect((await fetch(`${base}/health/ready`, { method: "OPTIONS" })).headers.get("allow")).toBe("GET, HEAD, OPTIONS");
    expect((await fetch(`${base}/health/ready`, { method: "POST" })).status).toBe(405);
    expect(await (await fetch(`${base}/`)).text()).toBe("hello");
    await stop();
  });

  it("has the major that it asked for", async () => {
    expect(await run(app, process.execPath, "-p", 'require("express/package.json").version.split(".")[0]')).toBe(`${major}\n`);
  });
});

describe("the packed tarball", () => {
  it("installs nothing but itself and fastify-plugin", async () => {
    const app = join(folder, "bare");
    await project(app, "types", { probekit: `file:${tarball}` });
    const installed = await readdir(join(app, "node_modules"));
    expect(installed.filter((name) => !name.startsWith(".")).toSorted()).toEqual(["fastify-plugin", "probekit"]);
    const script = 'import { createHealth } from "probekit"; console.log((await createHealth().report("ready")).status)';
    expect(await run(app, process.execPath, "--input-type=module", "-e", script)).toBe("healthy\n");
  }, minutes);

  it("holds the build, the docs, the changelog, the licence and the README, and nothing else", async () => {
    const files = (await run(folder, "tar", "tzf", tarball)).trim().split("\n");
    const rest = files.filter((file) => !/^package\/(?:dist|docs)\//.test(file));
    expect(rest.toSorted()).toEqual(["package/CHANGELOG.md", "package/LICENSE", "package/README.md", "package/package.json"]);
    const built = files.filter((file) => file.startsWith("package/dist/"));
    expect(built.filter((file) => !/\.(?:c?js|d\.c?ts)$/.test(file))).toEqual([]);
    expect(files.filter((file) => file.startsWith("package/docs/")).filter((file) => !/\.(?:md|json|yml)$/.test(file))).toEqual([]);
  });
});

describe("the packed types", () => {
  let app: string;

  beforeAll(async () => {
    app = join(folder, "types");
    const names = ["express", "@types/express", "fastify", "koa", "@types/koa", "@types/node", "knex", "ioredis", "redis"];
    const versions = await Promise.all(names.map(async (name) => [name, await versionOf(name)] as const));
    await project(app, "types", { ...Object.fromEntries(versions), probekit: `file:${tarball}` });
  }, 3 * minutes);

  const compile = (...args: readonly string[]): Promise<string> => tsc(app, ...strict, "--noEmit", "--exactOptionalPropertyTypes", ...args);
  const emit = ["--declaration", "--esModuleInterop"];

  it.each([
    { resolution: "node16", module: "node16", file: "all.mts" },
    { resolution: "nodenext", module: "nodenext", file: "all.mts" },
    { resolution: "bundler", module: "esnext", file: "all.mts" },
    { resolution: "node16", module: "node16", file: "common.cts" },
    { resolution: "nodenext", module: "nodenext", file: "common.cts" },
  ])("compile under --strict without skipLibCheck: $file, moduleResolution $resolution", async ({ resolution, module, file }) => {
    expect(await compile("--module", module, "--moduleResolution", resolution, ...emit, file)).toBe("");
  }, minutes);

  it.each(["nodenext", "bundler"])("compile with Koa's, which need skipLibCheck: moduleResolution %s", async (resolution) => {
    const module = resolution === "bundler" ? "esnext" : resolution;
    expect(await compile("--module", module, "--moduleResolution", resolution, ...emit, "--skipLibCheck", "koa.ts")).toBe("");
  }, minutes);
});
