import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What the linter says of these files under the project's own configuration: `file rule`, in order. */
const lint = (files: Readonly<Record<string, string>>): string[] => {
  const folder = mkdtempSync(join(tmpdir(), "probekit-walls-"));
  folders.push(folder);
  copyFileSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  for (const [file, source] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    writeFileSync(join(folder, file), source);
  }
  const { stdout } = spawnSync(process.execPath, [join(root, "node_modules/oxlint/bin/oxlint"), "-f", "unix"], { cwd: folder, encoding: "utf8" });
  const found = stdout.matchAll(/^(\S+?):\d+:\d+: .* \[Error\/\w+\(([\w-]+)\)\]$/gm);
  return [...found].map(([, file, rule]) => `${file} ${rule}`).toSorted();
};

const restricted = "no-restricted-imports";

describe("the walls, as the linter keeps them", () => {
  it.each([
    { wall: "the core imports no framework", file: "src/a.ts", line: 'import express from "express"; export const a = express;' },
    { wall: "the core imports no type of a framework", file: "src/a.ts", line: 'import type { App } from "express"; export type A = App;' },
    { wall: "the core imports no client, nor later", file: "src/a.ts", line: 'export const a = () => import("knex");' },
    { wall: "the core imports nothing of Node", file: "src/formats/a.ts", line: 'import { now } from "node:perf_hooks"; export const a = now;' },
    { wall: "the core does not pass on what is not its own", file: "src/a.ts", line: 'export { Router } from "express";' },
    { wall: "the core imports no adapter", file: "src/a.ts", line: 'import { b } from "../adapters/b.js"; export const a = b;' },
    { wall: "the core imports no adapter by name", file: "src/a.ts", line: 'import { b } from "probekit/express"; export const a = b;' },
    { wall: "the core imports no ready-made check", file: "src/a.ts", line: 'import { b } from "./checks/b.js"; export const a = b;' },
    { wall: "a check imports no client", file: "src/checks/a.ts", line: 'import knex from "knex"; export const a = knex;' },
    { wall: "a check imports no type of a client", file: "src/checks/shared/a.ts", line: 'import type { K } from "knex"; export type A = K;' },
    { wall: "a check imports the core by name alone", file: "src/checks/a.ts", line: 'import { b } from "../b.js"; export const a = b;' },
    { wall: "what checks share imports the core by name alone", file: "src/checks/shared/a.ts", line: 'import { b } from "../../b.js"; export const a = b;' },
    { wall: "what checks share imports no check", file: "src/checks/sql/a.ts", line: 'import { b } from "../b.js"; export const a = b;' },
    { wall: "a check imports no adapter", file: "src/checks/a.ts", line: 'import { b } from "probekit/express"; export const a = b;' },
    { wall: "what helps to test a check imports the core by name alone", file: "src/testing.ts", line: 'import { b } from "./b.js"; export const a = b;' },
    { wall: "an adapter runs nothing of its framework", file: "adapters/express.ts", line: 'import express from "express"; export const a = express;' },
    { wall: "an adapter other than Fastify's runs no plugin helper", file: "adapters/koa.ts", line: 'import plugin from "fastify-plugin"; export const a = plugin;' },
    { wall: "Fastify's adapter runs nothing of Fastify", file: "adapters/fastify.ts", line: 'import { fastify } from "fastify"; export const a = fastify;' },
    { wall: "an adapter runs nothing of Node", file: "adapters/http.ts", line: 'import { createServer } from "node:http"; export const a = createServer;' },
    { wall: "an adapter imports nothing of src", file: "adapters/koa.ts", line: 'import { b } from "../src/b.js"; export const a = b;' },
    { wall: "an adapter imports no type of src", file: "adapters/fastify.ts", line: 'import type { B } from "../src/b.js"; export type A = B;' },
    { wall: "an adapter imports no other adapter", file: "adapters/koa.ts", line: 'import { b } from "./http.js"; export const a = b;' },
    { wall: "an adapter imports no check", file: "adapters/koa.ts", line: 'import { b } from "probekit/checks/redis"; export const a = b;' },
    { wall: "what adapters share imports nothing that runs", file: "adapters/shared/a.ts", line: 'import { createServer } from "node:http"; export const a = createServer;' },
    { wall: "what adapters share imports nothing of src", file: "adapters/shared/a.ts", line: 'import { b } from "../../src/b.js"; export const a = b;' },
    { wall: "the shutdown imports no server", file: "shutdown/a.ts", line: 'import type { FastifyInstance } from "fastify"; export type A = FastifyInstance;' },
    { wall: "the shutdown imports nothing of src", file: "shutdown/a.ts", line: 'import { b } from "../src/b.js"; export const a = b;' },
    { wall: "the command line imports no library, probekit among them", file: "cli/a.ts", line: 'import { createHealth } from "probekit"; export const a = createHealth;' },
    { wall: "the command line imports nothing of src", file: "cli/a.ts", line: 'import type { B } from "../src/b.js"; export type A = B;' },
    { wall: "an example imports the package by name", file: "examples/a/server.mjs", line: 'import { b } from "../../src/index.js"; export const a = b;' },
    { wall: "an example imports nothing of the build", file: "examples/a/server.mjs", line: 'import { b } from "../../dist/index.js"; export const a = b;' },
  ])("$wall", ({ file, line }) => {
    expect(lint({ [file]: `${line}\n` })).toContain(`${file} ${restricted}`);
  });

  it("let everything pass that stands on its own side", () => {
    const files = {
      "src/a.ts": 'import { b } from "./b.js"; import type { C } from "./formats/c.js"; export const a: C = b;',
      "src/b.ts": "export const b = 1;",
      "src/formats/c.ts": 'import { b } from "../b.js"; export type C = number; export const c: C = b;',
      "src/checks/d.ts": 'import { HealthError } from "probekit"; import { e } from "./shared/e.js"; export const d = [HealthError, e];',
      "src/checks/sql/s.ts": 'import { f } from "../shared/f.js"; export const s = f;',
      "src/checks/shared/e.ts": 'import { now } from "node:perf_hooks"; import { f } from "./f.js"; export const e = [now, f];',
      "src/checks/shared/f.ts": "export const f = 1;",
      "adapters/koa.ts": 'import type { Context } from "koa"; import { createHandler } from "probekit"; import { g } from "./shared/g.js"; export const a = [createHandler, g]; export type K = Context;',
      "adapters/shared/g.ts": 'import type { Server } from "node:http"; export const g = (server: Server) => server;',
      "adapters/fastify.ts": 'import plugin from "fastify-plugin"; import type { FastifyInstance } from "fastify"; export const h = plugin; export type H = FastifyInstance;',
      "shutdown/k.ts": 'import { once } from "node:events"; import type { Health } from "probekit"; import { l } from "./l.js"; export const k = [once, l]; export type K = Health;',
      "shutdown/l.ts": "export const l = 1;",
      "cli/m.ts": 'import { once } from "node:events"; import { n } from "./n.js"; export const m = [once, n];',
      "cli/n.ts": "export const n = 1;",
      "examples/a/server.mjs": 'import { createHealth } from "probekit"; import { own } from "./own.mjs"; export const i = [createHealth, own];',
      "examples/a/own.mjs": "export const own = 1;",
    };
    expect(lint(files)).toEqual([]);
  });

  it("refuse a cycle", () => {
    const files = {
      "src/a.ts": 'import { b } from "./b.js"; export const a = () => b;',
      "src/b.ts": 'import { a } from "./a.js"; export const b = () => a;',
    };
    expect(lint(files)).toEqual(["src/a.ts no-cycle", "src/b.ts no-cycle"]);
  });

  it("refuse a barrel, `any` and a silenced compiler", () => {
    expect(lint({ "src/a.ts": 'export * from "./b.js";', "src/b.ts": "export const b = 1;" })).toEqual(["src/a.ts no-barrel-file"]);
    expect(lint({ "src/a.ts": "export const a = (value: any) => value;" })).toEqual(["src/a.ts no-explicit-any"]);
    expect(lint({ "src/a.ts": '// @ts-ignore\nexport const a: string = 1;' })).toEqual(["src/a.ts ban-ts-comment"]);
  });
});
