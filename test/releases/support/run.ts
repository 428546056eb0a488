import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll } from "vitest";
import { isOnPath } from "../../support/real/served.js";

/** The first part that a run needs and the machine has not. */
export const missing = ["haproxy", "nginx", "curl"].find((command) => !isOnPath(command));

/** A request of the load that failed; times in milliseconds since the load began. */
export interface Failure {
  readonly at: number;
  readonly sentAt: number;
  readonly reason: string;
  /** The version that answered, or `no version`: the balancer, or nobody. */
  readonly by: string;
}

/** What run.mjs says of a run in its JSON. */
export interface Release {
  readonly code: number | null;
  readonly output: string;
  readonly svg: string;
  readonly outcome: string;
  readonly why?: string;
  readonly sent: number;
  readonly answered: number;
  readonly failed: number;
  readonly resets: number;
  readonly onNewConnections: number;
  readonly onKeptConnections: number;
  readonly achievedRate: number;
  readonly askedRate: number;
  readonly seconds: number;
  readonly failingForMs: number;
  readonly inFlightAtKill?: number;
  readonly notInFlightAtKill?: number;
  readonly versions: Readonly<Record<string, number>>;
  readonly servingAtEnd: readonly string[];
  readonly failures: readonly Failure[];
  readonly events: readonly { readonly at: number; readonly text: string }[];
}

type Started = ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream };

const running = new Set<ChildProcess>();

afterAll(async () => {
  for (const child of running) {
    child.kill("SIGTERM");
    await once(child, "exit");
  }
});

/** Most of a run is waiting, so a few go side by side; more would make each other late. */
const places = { free: 3, waiting: [] as (() => void)[] };

const takePlace = async (): Promise<void> => {
  if (places.free > 0) places.free -= 1;
  else await new Promise<void>((resolve) => void places.waiting.push(resolve));
};

const givePlace = (): void => {
  const next = places.waiting.shift();
  if (next === undefined) places.free += 1;
  else next();
};

/** Starts run.mjs with a folder for what is temporary; what it starts ends with it. */
export const startRunIn = (folder: string, words: readonly string[]): Started => {
  const env = { ...process.env, TMPDIR: folder };
  const child = spawn(process.execPath, ["examples/releases/run.mjs", ...words], { stdio: ["ignore", "pipe", "pipe"], env });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
};

/** Starts run.mjs; what it starts ends with it. */
export const startRun = (...words: readonly string[]): Started => startRunIn(tmpdir(), words);

/** What it prints, and its exit code. */
export const said = async (...words: readonly string[]): Promise<{ code: number | null; output: string }> => {
  const child = startRun(...words);
  const [output, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "exit")]);
  return { code: code as number | null, output: output + errors };
};

const runAndRead = async (strategy: string, words: readonly string[]): Promise<Release> => {
  const folder = await mkdtemp(join(tmpdir(), "probekit-release-"));
  const { code, output } = await said(strategy, ...words, "--out", folder);
  try {
    const { summary, load, events } = JSON.parse(await readFile(join(folder, `${strategy}.json`), "utf8"));
    return { ...summary, code, output, events, failures: load.failures, svg: await readFile(join(folder, `${strategy}.svg`), "utf8") };
  } catch (error) {
    throw new Error(`run.mjs ended with ${code} and wrote no record:\n${output}`, { cause: error });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** Runs a strategy to its end and reads what it wrote; waits while others of the same file run. */
export const release = async (strategy: string, ...words: readonly string[]): Promise<Release> => {
  await takePlace();
  return runAndRead(strategy, words).finally(givePlace);
};

/** Tells the rate that was really reached, whatever was asked for. */
export const tellRate = (name: string, { sent, seconds, achievedRate, askedRate, onNewConnections }: Release): void => {
  const rate = `${Math.round(achievedRate)}/s of ${askedRate}/s`;
  console.log(`${name}: ${sent} requests in ${seconds.toFixed(1)} s, ${rate}, ${onNewConnections} on new connections`);
};
