import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished } from "vitest";

/** The checkout: tsx reads the paths of its tsconfig.json, by which fixtures import the package. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** Where a fixture stands. */
export const fixture = (name: string): string => fileURLToPath(new URL(`${name}.mts`, import.meta.url));

/** How node is started so that it reads TypeScript. */
export const node: readonly string[] = [process.execPath, "--import", "tsx"];

/** A service in a process of its own. */
export interface Started {
  readonly child: ChildProcess;
  /** The service's own process, where it is not the child. */
  readonly pid: number;
  readonly ports: readonly number[];
  /** What it has written to stdout and stderr. */
  output(): string;
  /** Waits until it has written this. */
  wrote(text: string): Promise<void>;
  signal(signal?: NodeJS.Signals): void;
  /** Waits for its end: exit code and signal. */
  exit(): Promise<readonly [number | null, NodeJS.Signals | null]>;
}

/** How it is started. */
export interface Starting {
  readonly env?: Readonly<Record<string, string>>;
  /** @default plain node */
  readonly command?: readonly string[];
  readonly cwd?: string;
  /** The line after which it counts as started. @default "ready PID PORT…" */
  readonly until?: string;
}

const longMs = 20_000;

const { npm_lifecycle_event: _, ...rest } = process.env;

/** The environment without what the tests themselves are run by. */
export const outside: NodeJS.ProcessEnv = rest;

/** Starts a fixture; it is there once it has written `ready`, its process id and its ports. */
export const started = async (name: string, { env = {}, command, cwd = root, until = "ready " }: Starting = {}): Promise<Started> => {
  const [program, ...args] = command ?? [...node, fixture(name)];
  const child = spawn(program!, args, { cwd, env: { ...outside, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  const gone = once(child, "close") as Promise<[number | null, NodeJS.Signals | null]>;
  onTestFinished(() => end(child, Number(/ready (\d+)/.exec(text)?.[1])));
  const wrote = (part: string): Promise<void> =>
    expect.poll(() => text, { timeout: longMs, interval: 5, message: `${name} writes ${part}` }).toContain(part) as unknown as Promise<void>;
  await wrote(until);
  const [, pid = "0", ports = ""] = /ready (\d+)([ \d]*)/.exec(text) ?? [];
  return {
    child,
    pid: Number(pid),
    ports: ports.split(" ").filter(Boolean).map(Number),
    output: () => text,
    wrote,
    signal: (signal = "SIGTERM") => void child.kill(signal),
    exit: () => gone,
  };
};

const end = (child: ChildProcess, pid: number): void => {
  child.kill("SIGKILL");
  // One that npm started is no child of ours.
  if (pid > 1 && pid !== child.pid && isOurs(pid)) process.kill(pid, "SIGKILL");
};

const isOurs = (pid: number): boolean => spawnSync("cat", [`/proc/${pid}/cmdline`], { encoding: "utf8" }).stdout.includes("test/shutdown/support");
