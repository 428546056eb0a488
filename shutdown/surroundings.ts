import { readFileSync } from "node:fs";
import { isatty } from "node:tty";
import { isFoundServers } from "./next-server.js";

/**
 * What stands around the process and would spoil its shutdown, a sentence each: what `shutdownOnSignal` warns of when it
 * is called. Ask once what was called in the same turn may have set up its servers.
 *
 * | warned of | when |
 * |---|---|
 * | a shell between it and who signals | the parent is a shell that npm, yarn or pnpm started, away from a terminal, or that is PID 1 |
 * | `keepAliveTimeout` of 60 s or less | in Kubernetes alone: elsewhere no balancer may be there, and Node's default is 5 s |
 * | Next's own signal handler | `nextServer()` is used, not in `next dev`, without `NEXT_MANUAL_SIG_HANDLE` |
 *
 * The shell does not pass a signal on; `exec node server.js` in the script puts node in its place. Needs /proc, and finds
 * no shell where there is none.
 */
export const surroundings = (servers: readonly unknown[]): string[] => [
  ...shellAbove(),
  ...(process.env["KUBERNETES_SERVICE_HOST"] === undefined ? [] : servers.flatMap(closesEarly)),
  ...(servers.some(isFoundServers) ? nextHandlesSignals() : []),
];

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

const shells = new Set(["sh", "ash", "bash", "dash", "busybox", "ksh", "zsh"]);

const shellAbove = (): string[] => {
  const shell = read(`/proc/${process.ppid}/comm`).trim();
  if (!shells.has(shell)) return [];
  const silent = `${shell}, which passes no signal on`;
  if (process.ppid === 1) return [`PID 1 is ${silent} to node: start it with exec, as in exec node server.js`];
  const script = process.env["npm_lifecycle_event"];
  // Ctrl-C at a terminal reaches every process of it.
  if (script === undefined || isatty(0)) return [];
  return [`the script "${script}" runs node under ${silent}: write exec before node there, or start node without npm`];
};

/** What AWS's ALB and nginx keep an idle connection for, in milliseconds. */
const balancersIdle = 60_000;

const member = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;

// Fastify's instance has its server inside.
const closesEarly = (server: unknown): string[] => {
  const ms = member(server, "keepAliveTimeout") ?? member(member(server, "server"), "keepAliveTimeout");
  // 0 is never.
  if (typeof ms !== "number" || ms <= 0 || ms > balancersIdle) return [];
  const advice = "set server.keepAliveTimeout above that, such as 65000";
  return [`keepAliveTimeout is ${ms} ms, and load balancers reuse a connection for 60 s: ${advice}`];
};

const manual = "NEXT_MANUAL_SIG_HANDLE";

const nextHandlesSignals = (): string[] => {
  if (process.env["NODE_ENV"] === "development") return [];
  const advice = "Next stops listening at once on a signal, and no probe sees the drain";
  if (!process.env[manual]) return [`${manual}=true is not set: ${advice}`];
  const first = read("/proc/self/environ");
  if (first === "" || first.includes(`${manual}=`)) return [];
  return [`${manual} is not in the environment that the process started with, and a .env file is read too late: ${advice}`];
};
