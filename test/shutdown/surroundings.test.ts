import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import Fastify from "fastify";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { nextServer } from "../../shutdown/next-server.js";
import { surroundings } from "../../shutdown/surroundings.js";
import { describeReal, folder, remove } from "../support/real/served.js";

const run = promisify(execFile);

beforeEach(() => {
  for (const name of ["KUBERNETES_SERVICE_HOST", "NEXT_MANUAL_SIG_HANDLE", "npm_lifecycle_event"]) vi.stubEnv(name, undefined);
});
afterEach(() => void vi.unstubAllEnvs());

const server = (keepAliveTimeout: number) => createServer({ keepAliveTimeout });

const tooShort = (ms: number): string =>
  `keepAliveTimeout is ${ms} ms, and load balancers reuse a connection for 60 s: set server.keepAliveTimeout above that, such as 65000`;

describe("surroundings", () => {
  test("says nothing of a plain server outside Kubernetes", () => {
    expect(surroundings([createServer()])).toEqual([]);
  });

  test.each([
    ["Node's default", createServer(), [tooShort(5000)]],
    ["60 s", server(60_000), [tooShort(60_000)]],
    ["65 s", server(65_000), []],
    ["no limit", server(0), []],
    ["Fastify's default", Fastify(), []],
    ["Fastify told otherwise", Fastify({ keepAliveTimeout: 10_000 }), [tooShort(10_000)]],
    ["HTTP/2, which has none", createHttp2Server(), []],
    ["nothing known yet", nextServer(), []],
  ])("reads keepAliveTimeout in Kubernetes: %s", (_name, each, warnings) => {
    vi.stubEnv("KUBERNETES_SERVICE_HOST", "10.0.0.1");
    vi.stubEnv("NODE_ENV", "development");
    expect(surroundings([each])).toEqual(warnings);
  });

  const late = "Next stops listening at once on a signal, and no probe sees the drain";
  test.each([
    { where: "next start", node: "production", manual: undefined, told: [`NEXT_MANUAL_SIG_HANDLE=true is not set: ${late}`] },
    { where: "next dev", node: "development", manual: undefined, told: [] },
    {
      where: "a .env file that sets it",
      node: "production",
      manual: "true",
      told: [`NEXT_MANUAL_SIG_HANDLE is not in the environment that the process started with, and a .env file is read too late: ${late}`],
    },
  ])("knows whether Next handles signals itself: $where", ({ node, manual, told }) => {
    vi.stubEnv("NODE_ENV", node);
    vi.stubEnv("NEXT_MANUAL_SIG_HANDLE", manual);
    expect(surroundings([nextServer()])).toEqual(told);
    expect(surroundings([])).toEqual([]);
  });
});

describeReal("surroundings of a process", existsSync("/proc/self/comm") ? undefined : "/proc", () => {
  const program = fileURLToPath(new URL("surroundings-process.ts", import.meta.url));
  const tsx = import.meta.resolve("tsx");
  const node = `"${process.execPath}" --import "${tsx}" "${program}"`;
  let project: string;

  // As tsx, nodemon and the like do.
  const launcher = `require("node:child_process").spawn(process.execPath, process.argv.slice(1), { stdio: "inherit" })`;

  const scripts = {
    exec: `exec ${node}`,
    two: `true && ${node}`,
    launched: `exec "${process.execPath}" -e '${launcher}' -- --import "${tsx}" "${program}"`,
  };

  beforeAll(async () => {
    project = await folder();
    await writeFile(join(project, "package.json"), JSON.stringify({ name: "service", scripts }));
  });
  afterAll(() => remove(project));

  const said = async (command: string, args: readonly string[]): Promise<string[]> => {
    const { stdout } = await run(command, args, { cwd: project });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
  };

  const underShell = (script: string): unknown =>
    expect.stringMatching(new RegExp(`^the script "${script}" runs node under \\w+, which passes no signal on: write exec before node`));

  test.each([
    { script: "two", told: [underShell("two")] },
    { script: "exec", told: [] },
    { script: "launched", told: [] },
  ])("knows whether a shell stands between npm and node: $script", async ({ script, told }) => {
    expect(await said("npm", ["run", "--silent", script])).toEqual(told);
  }, 60_000);

  test("says nothing of a shell that is not npm's", async () => {
    expect(await said("sh", ["-c", `true && ${node}; true`])).toEqual([]);
  }, 60_000);

  test("knows a shell that is PID 1", async () => {
    const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
    const [warning, ...more] = await said("unshare", [...asRoot, "--pid", "--fork", "--mount-proc", "sh", "-c", `${node}; true`]);
    expect(warning).toMatch(/^PID 1 is \w+, which passes no signal on to node: start it with exec, as in exec node server\.js$/);
    expect(more).toEqual([]);
  }, 60_000);
});
