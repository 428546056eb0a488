import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type AddressInfo } from "node:net";
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
export const folder = async (): Promise<string> => mkdtemp(join("/tmp", "probekit-"));

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

const signalAll = (pids: readonly number[], signal: NodeJS.Signals): void => {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended by itself in the meantime.
    }
  }
};

const isOnPath = (command: string): boolean => spawnSync("which", [command]).status === 0;

// A test run that is broken off must not leave servers behind: the kernel ends them with the process that started them.
const bound = isOnPath("setpriv") ? ["setpriv", "--pdeathsig", "KILL", "--"] : [];

/** Who a server runs as. */
interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

const served = (port: number, data: string, command: readonly string[], owner: Owner, isUp: () => Promise<boolean>): RealServer => {
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
    child = spawn(program!, rest, { stdio: "ignore", ...owner });
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
    freeze: () => signalAll(all(), "SIGSTOP"),
    thaw: () => signalAll(all(), "SIGCONT"),
    remove: async () => {
      await kill();
      await remove(data);
    },
  };
};

export const missingRedis = isOnPath("redis-server") ? undefined : "redis-server";

/** A Redis server that keeps nothing on disk. */
export const redisServer = async (options: readonly string[] = []): Promise<RealServer> => {
  const [port, data] = [await freePort(), await folder()];
  const command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--dir", data, "--save", "", ...options];
  const server = served(port, data, command, {}, () => accepts(port));
  await server.start();
  return server;
};

const binaries = "/usr/lib/postgresql/15/bin";

const idOf = (flag: "-u" | "-g"): number => Number(spawnSync("id", [flag, "postgres"], { encoding: "utf8" }).stdout);

// PostgreSQL refuses to run as root.
const postgresOwner = (): Owner => (process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {});

export const missingPostgres = existsSync(`${binaries}/initdb`) ? undefined : "postgresql 15";

export const postgresUser = "health";
export const postgresPassword = "s3cret";

const initialise = (home: string, owner: Owner): void => {
  const password = join(home, "password");
  writeFileSync(password, `${postgresPassword}\n`);
  if (owner.uid !== undefined && owner.gid !== undefined) {
    for (const path of [home, password]) chownSync(path, owner.uid, owner.gid);
  }
  const access = ["-U", postgresUser, "--auth=scram-sha-256", `--pwfile=${password}`];
  const options = ["-D", join(home, "data"), ...access, "--no-sync", "--locale=C", "-E", "UTF8"];
  const done = spawnSync(`${binaries}/initdb`, options, { ...owner, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`initdb failed: ${done.stderr}`);
};

/** A PostgreSQL server with one user, a password and no durability. */
export const postgresServer = async (): Promise<RealServer> => {
  const [port, data] = [await freePort(), await folder()];
  const owner = postgresOwner();
  initialise(data, owner);
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=40"];
  const options = settings.flatMap((setting) => ["-c", setting]);
  const command = [`${binaries}/postgres`, "-D", join(data, "data"), "-p", String(port), ...options];
  const server = served(port, data, command, owner, () => answersStartup(port));
  await server.start();
  return server;
};

// A server that is still recovering refuses a start-up message; one that is up asks for the password.
const answersStartup = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const body = Buffer.from(`user\0${postgresUser}\0database\0postgres\0\0`);
    const head = Buffer.alloc(8);
    head.writeInt32BE(body.length + 8, 0);
    head.writeInt32BE(196608, 4);
    const answer = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("connect", () => socket.write(Buffer.concat([head, body])));
    socket.once("data", (data) => answer(data[0] === 0x52));
    socket.once("error", () => answer(false));
    socket.once("close", () => answer(false));
  });
