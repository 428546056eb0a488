import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";

const children = new Map();

/** Whether a command is installed. */
export const isOnPath = (command) => spawnSync(command, ["-v"], { stdio: "ignore" }).error === undefined;

// A run that is broken off, even by SIGKILL, leaves none of its children behind: the kernel ends them. nginx ends its workers at TERM,
// not at KILL.
const hasSetpriv = process.platform === "linux" && isOnPath("setpriv");
const bound = (signal) => (hasSetpriv ? ["setpriv", "--pdeathsig", signal, "--"] : []);

/**
 * Starts a process.
 * @returns `child`; `exited`, which fulfils with `{ code, signal }`; `lastLine()` of what it printed
 */
export const launch = (command, { env = {}, ipc = false, lastSignal = "KILL" } = {}) => {
  const [program, ...rest] = [...bound(lastSignal), ...command];
  const stdio = ["ignore", "pipe", "pipe", ...(ipc ? ["ipc"] : [])];
  const child = spawn(program, rest, { stdio, env: { ...process.env, ...env } });
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (printed = (printed + chunk).slice(-4096)));
  const exited = once(child, "exit").then(([code, signal]) => {
    children.delete(child);
    return { code, signal };
  });
  children.set(child, { lastSignal: `SIG${lastSignal}`, exited });
  return { child, exited, printed: () => printed.trim(), lastLine: () => printed.trimEnd().split("\n").at(-1) ?? "" };
};

const cleanings = [];

/** What else has to be done when the run ends, however it ends; synchronous. */
export const atExit = (clean) => void cleanings.push(clean);

const killAll = () => {
  for (const [child, { lastSignal }] of children) child.kill(lastSignal);
};

const cleanUp = () => {
  for (const clean of cleanings.splice(0)) clean();
};

/** Ends every process that is still there, each by its own id, and then does what is left to do at the end. */
export const endAll = async () => {
  const rest = [...children.values()];
  killAll();
  await Promise.all(rest.map(({ exited }) => exited));
  cleanUp();
};

process.on("exit", () => {
  killAll();
  cleanUp();
});
for (const signal of ["SIGHUP", "SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(128 + constants.signals[signal]));
