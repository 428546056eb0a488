import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { describe } from "vitest";

/**
 * A suite that needs real parts. Where one is missing, CI fails and a laptop skips, saying so in one line.
 */
export const describeReal = (name: string, missing: string | undefined, suite: () => void): void => {
  if (missing === undefined) return void describe(name, suite);
  if (process.env["CI"] === "true") throw new Error(`${name}: ${missing} is missing, and CI runs with every real part`);
  console.warn(`SKIPPED ${name}: ${missing} is missing`);
  describe.skip(name, suite);
};

/** A port of 127.0.0.1 that nothing listens on. */
export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
};

/** A folder of this test's own, and how to remove it. */
export const folder = async (): Promise<string> => mkdtemp(join(tmpdir(), "probekit-"));

export const remove = (path: string): Promise<void> => rm(path, { recursive: true, force: true });

/** Asks until it is so, a turn of the event loop apart; the test's own timeout ends it. */
export const until = async (isSo: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await isSo())) await turn();
};

/** Whether something accepts connections on a port. */
export const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (is: boolean) => () => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", answer(true)).once("error", answer(false));
  });

/** A real server that a test can stop, freeze and kill by its own process id. */
export interface RealServer {
  readonly port: number;
  start(): Promise<void>;
  /** Stops it, as an administrator in a hurry does. */
  stop(): Promise<void>;
  /** Kills it and its children without a word. */
  kill(): Promise<void>;
  /** SIGSTOP: it accepts connections and answers nothing. */
  freeze(): void;
  /** SIGCONT. */
  thaw(): void;
  /** Puts it right again after a test: thawed, and started if it was stopped. */
  restore(): Promise<void>;
  /** Stops it and removes its data. */
  remove(): Promise<void>;
}

const parentOf = (pid: string): [number, number][] => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return [[Number(pid), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])]];
  } catch {
    return [];
  }
};

/** Parents of the processes that run now. PostgreSQL's backends lead sessions of their own: a group signal misses them. */
const parents = (): [number, number][] => readdirSync("/proc").filter((entry) => /^\d+$/.test(entry)).flatMap(parentOf);

const descendants = (pid: number, all = parents()): number[] =>
  all.filter(([, parent]) => parent === pid).flatMap(([child]) => [child, ...descendants(child, all)]);

const isStopped = (pid: number): boolean => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return /[TZX]/.test(stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "X");
  } catch {
    return true;
  }
};

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself in the meantime.
    }
  }
};

/** Whether a command is installed. */
export const isOnPath = (command: string): boolean => spawnSync("which", [command]).status === 0;

// A test run that is broken off must not leave servers behind: the kernel ends them with the process that started them.
const bound = isOnPath("setpriv") ? ["setpriv", "--pdeathsig", "KILL", "--"] : [];

/** Who a server runs as. */
export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** How a server is started. */
export interface Serving {
  readonly port: number;
  /** A folder of its own, removed with it. */
  readonly data: string;
  readonly command: readonly string[];
  readonly owner?: Owner;
  readonly env?: NodeJS.ProcessEnv;
  /** Whether it answers; asked until it does. */
  readonly isUp: () => Promise<boolean>;
}

/** A server that is not started yet. */
export const served = ({ port, data, command, owner = {}, env = process.env, isUp }: Serving): RealServer => {
  let child: ChildProcess | undefined;
  const all = (): number[] => (child?.pid === undefined ? [] : [child.pid, ...descendants(child.pid)]);
  const end = async (signal: NodeJS.Signals, reach: () => number[]): Promise<void> => {
    const ending = child;
    if (ending?.pid === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const gone = once(ending, "exit");
    signalAll(all(), "SIGCONT");
    signalAll(reach(), signal);
    await gone;
    child = undefined;
  };
  const kill = (): Promise<void> => end("SIGKILL", all);
  const start = async (): Promise<void> => {
    const [program, ...rest] = [...bound, ...command];
    child = spawn(program!, rest, { stdio: "ignore", env, ...owner });
    await until(isUp);
  };
  return {
    port,
    start,
    restore: async () => {
      signalAll(all(), "SIGCONT");
      if (child === undefined) await start();
    },
    stop: () => end("SIGINT", () => all().slice(0, 1)),
    kill,
    freeze: () => {
      signalAll(all(), "SIGSTOP");
      // A process of many threads takes a moment to stand still.
      while (!all().every(isStopped));
    },
    thaw: () => signalAll(all(), "SIGCONT"),
    remove: async () => {
      await kill();
      await remove(data);
    },
  };
};
