import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { freePort } from "../support/real/served.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

// Next refuses to be itself under the test runner's NODE_ENV.
const { NODE_ENV: _test, ...inherited } = process.env;
const environment = { ...inherited, NEXT_TELEMETRY_DISABLED: "1" };

const timed = async <T>(what: string, job: () => Promise<T>): Promise<T> => {
  const from = performance.now();
  const made = await job();
  console.log(`${what}: ${((performance.now() - from) / 1000).toFixed(1)} s`);
  return made;
};

/** The package as it would be published, built first where there is no build. */
export const pack = async (into: string): Promise<string> => {
  if (!existsSync(join(root, "dist/next.js"))) await run("npx", ["tsup"], { cwd: root });
  const { stdout } = await run("npm", ["pack", "--ignore-scripts", "--json", "--pack-destination", into], { cwd: root });
  const [packed] = JSON.parse(stdout) as { filename: string }[];
  return join(into, packed?.filename ?? "");
};

export const temporary = (): Promise<string> => mkdtemp(join(tmpdir(), "probekit-next-"));

const ours = (path: string): boolean => !/\/(?:node_modules|\.next|package-lock\.json)$/.test(path);

/** A copy of the example with one major of Next and the packed tarball installed. */
export const install = async (into: string, major: number, tarball: string): Promise<string> => {
  const app = join(into, `next-${major}`);
  await cp(join(root, "examples/next"), app, { recursive: true, filter: ours });
  const manifest = JSON.parse(await readFile(join(app, "package.json"), "utf8"));
  Object.assign(manifest.dependencies, { next: `^${major}.0.0`, probekit: `file:${tarball}` });
  await writeFile(join(app, "package.json"), JSON.stringify(manifest));
  await timed(`npm install of Next ${major}`, () => run("npm", ["install", "--no-audit", "--no-fund"], { cwd: app, env: environment }));
  return app;
};

const next = (app: string): string => join(app, "node_modules/next/dist/bin/next");

/** `next build`; resolves with what it printed. */
export const build = async (app: string, config: string): Promise<string> => {
  await rm(join(app, ".next"), { recursive: true, force: true });
  await writeFile(join(app, "next.config.ts"), config);
  const { stdout, stderr } = await timed("next build", () => run(process.execPath, [next(app), "build"], { cwd: app, env: environment }));
  return stdout + stderr;
};

/** The example's own configuration. */
export const exampleConfig = (): Promise<string> => readFile(join(root, "examples/next/next.config.ts"), "utf8");

export interface RunningApp {
  readonly port: number;
  readonly process: ChildProcess;
  /** Everything printed so far. */
  readonly output: () => string;
}

/** How a built app is started: by `next start`, or the server of its own that `output: "standalone"` makes. */
export type Entry = "next start" | "standalone";

const command = async (app: string, entry: Entry): Promise<{ args: string[]; address: Record<string, string> }> => {
  if (entry === "next start") return { args: [next(app), "start", "-p", "0", "-H", "127.0.0.1"], address: {} };
  // It takes 0 for no port at all.
  return { args: [join(app, ".next/standalone/server.js")], address: { PORT: String(await freePort()), HOSTNAME: "127.0.0.1" } };
};

/** Starts the app on a free port; resolves when it says that it is ready. A variable that is undefined is left out. */
export const start = async (app: string, variables: NodeJS.ProcessEnv, entry: Entry = "next start"): Promise<RunningApp> => {
  const { args, address } = await command(app, entry);
  const env = { ...environment, NEXT_MANUAL_SIG_HANDLE: "true", ...address, ...variables };
  const server = spawn(process.execPath, args, { cwd: app, env });
  let output = "";
  const port = await new Promise<number>((resolve, reject) => {
    const heard = (chunk: Buffer): void => {
      output += String(chunk);
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(output);
      if (found && output.includes("Ready in")) resolve(Number(found[1]));
    };
    server.stdout.on("data", heard);
    server.stderr.on("data", heard);
    server.once("exit", (code) => reject(new Error(`${entry} ended with ${code}: ${output}`)));
  });
  return { port, process: server, output: () => output };
};

/** The dependency of the example's check: counts what reaches it and answers as told. */
export const upstreamServer = async () => {
  const state = { status: 200, hits: 0 };
  const server = createServer((_req, res) => {
    state.hits += 1;
    res.writeHead(state.status).end();
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return { state, url: `http://127.0.0.1:${port}/`, close: () => server.close() };
};

/** Everything that a server sends for some bytes until it ends the connection. */
export const raw = async (port: number, request: string): Promise<{ head: string; body: string }> => {
  const socket = connect(port, "127.0.0.1", () => socket.write(request));
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  const [head = "", ...rest] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  return { head, body: rest.join("\r\n\r\n") };
};
