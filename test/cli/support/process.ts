import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";

/** How a process is started; its environment is empty but for PATH. */
export interface RunOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** The end that reads its stdout reads nothing. */
  readonly isStalled?: boolean;
}

/** What a process said and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process of the test's, killed when the test ends. */
export interface Running {
  readonly pid: number;
  /** What it has said on stdout so far. */
  readonly said: () => string;
  readonly type: (text: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** Closes the end that reads its stdout. */
  readonly leaveUnread: () => void;
  readonly ended: Promise<Ended>;
}

/** Starts a process. */
export const start = ([program = "", ...args]: readonly string[], { env = {}, cwd, isStalled = false }: RunOptions = {}): Running => {
  const child = spawn(program, args, { env: { PATH: process.env["PATH"], ...env }, cwd, stdio: ["pipe", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  if (!isStalled) child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {});
  onTestFinished(() => void child.kill("SIGKILL"));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject);
    // A stream that nobody reads never closes.
    child.on(isStalled ? "exit" : "close", (code) => resolve({ code, stdout, stderr }));
  });
  return {
    pid: child.pid ?? 0,
    said: () => stdout,
    type: (text) => void child.stdin.write(text),
    kill: (signal) => void child.kill(signal),
    leaveUnread: () => void child.stdout.destroy(),
    ended,
  };
};
