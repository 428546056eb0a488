import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHealth, isHealthError } from "probekit";
import { nextServer, shutdownOnSignal } from "probekit/shutdown";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { surroundings } from "../../shutdown/surroundings.js";
import { accepts, freePort, until } from "../support/real/served.js";
import { pageOf } from "./support/snippets.js";

describe.each(["docs/shutdown.md", "docs/production-checklist.md"])("%s", (file) => {
  const page = pageOf(file);

  it("has links that lead somewhere", () => {
    expect(page.links.length).toBeGreaterThan(0);
    expect(page.links.filter((link) => !existsSync(link))).toEqual([]);
  });
});

describe("docs/shutdown.md", () => {
  const page = pageOf("docs/shutdown.md");
  const recipes = ["server.ts", "express.ts", "fastify.ts", "koa.ts", "http2.ts", "web-sockets.ts", "events.ts", "worker.ts", "cluster.ts"];
  const running: ChildProcess[] = [];
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(fileURLToPath(new URL(".snippets-", import.meta.url)));
    const snippets = page.text.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm);
    for (const [, name = "", code = ""] of snippets) await writeFile(join(folder, name), code);
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  afterEach(() => {
    vi.unstubAllEnvs();
    for (const child of running.splice(0)) child.kill("SIGKILL");
  });

  it("names every snippet", () => {
    expect(page.names).toEqual(recipes);
    expect(page.count).toBe(page.names.length);
  });

  it("has snippets that pass the types", async () => {
    expect(await page.compile()).toBe("");
  }, 120_000);

  it("describes each option, and no other", () => {
    const options = [...page.text.matchAll(/^\| `(\w+)` \| [^|]+ \| [^|]+ \|$/gm)].map(([, name]) => name);
    expect(refusal({ unknown: 1 })).toBe(`shutdownOnSignal has no option "unknown"; it has ${options.join(", ")}`);
  });

  it("quotes what is warned of", () => {
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    vi.stubEnv("NEXT_MANUAL_SIG_HANDLE", undefined);
    vi.stubEnv("NODE_ENV", "production");
    const warnings = surroundings([createServer(), nextServer()]);
    expect(warnings).toHaveLength(2);
    for (const warning of warnings) expect(page.text).toContain(`| \`${warning}\` | warn |`);
  });

  it("has recipes that serve, and end with 0 on SIGTERM", async () => {
    const ended = await Promise.all(recipes.map(async (name) => [name, ...(await lifeOf(name))]));
    for (const [name, code, printed] of ended) {
      expect([name, code]).toEqual([name, 0]);
      expect(printed).toMatch(/shutdown began: SIGTERM; (serving for 5000 ms more|without delay)/);
      expect(printed).toMatch(/shutdown finished in \d+\.\d s\n$/);
    }
    expect(ended.filter(([, , printed]) => String(printed).includes("without delay")).map(([name]) => name)).toEqual(["worker.ts", "cluster.ts"]);
  }, 120_000);

  /** Starts a snippet, ends it by SIGTERM when it listens, and returns its exit code and what it printed. */
  const lifeOf = async (name: string): Promise<[unknown, string]> => {
    const port = await freePort();
    const env = { ...process.env, NODE_ENV: "production", PORT: String(port), PROBE_PORT: "0", npm_lifecycle_event: undefined };
    const child = spawn(process.execPath, ["--import", "tsx", join(folder, name)], { env });
    running.push(child);
    let printed = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => void (printed += String(chunk)));
    const ended = once(child, "close");
    const early = ended.then(([code]) => Promise.reject(new Error(`${name} ended with ${code}: ${printed}`)));
    await Promise.race([until(() => accepts(port)), early]);
    early.catch(() => {});
    child.kill("SIGTERM");
    return [(await ended)[0], printed];
  };
});

const refusal = (options: object): string => {
  try {
    shutdownOnSignal(createHealth({ logger: false }), undefined, options);
  } catch (error) {
    if (isHealthError(error)) return error.message;
  }
  return "nothing was refused";
};
