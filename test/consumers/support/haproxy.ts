import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** One backend: the directives that say how it asks, and the port of the server that it asks. */
export interface Backend {
  readonly name: string;
  readonly check: string;
  readonly port: number;
}

/** A running HAProxy. */
export interface Haproxy {
  /** What it thinks of a backend's server: `UP L7OK/200`. */
  state(backend: string): Promise<string>;
  stop(): Promise<void>;
}

const backend = ({ name, check, port }: Backend): string =>
  `backend ${name}\n  ${check}\n  server app 127.0.0.1:${port} check inter 100ms fall 2 rise 1\n`;

const configuration = (socket: string, backends: readonly Backend[]): string => `global
  stats socket ${socket} level operator
defaults
  mode http
  timeout connect 1s
  timeout client 5s
  timeout server 5s
  timeout check 1s
${backends.map(backend).join("")}`;

const stateIn = (csv: string, name: string): string => {
  const [head = "", ...rows] = csv.replace(/^# /, "").split("\n").map((line) => line.split(","));
  const row = rows.find((cells) => cells[0] === name && cells[1] === "app") ?? [];
  const cell = (column: string): string => row[head.indexOf(column)] ?? "";
  return `${cell("status")} ${cell("check_status")}/${cell("check_code")}`;
};

/** Starts HAProxy, which asks each backend's server ten times a second. Its state is read from its stats socket. */
export const haproxy = async (backends: readonly Backend[]): Promise<Haproxy> => {
  const folder = await mkdtemp(join(tmpdir(), "probekit-haproxy-"));
  const [file, socket] = [join(folder, "haproxy.cfg"), join(folder, "stats")];
  await writeFile(file, configuration(socket, backends));
  const child = spawn("haproxy", ["-db", "-q", "-f", file], { stdio: "ignore" });
  const gone = once(child, "exit");
  return {
    state: async (name) => {
      try {
        const stream = connect(socket);
        stream.write("show stat\n");
        return stateIn(await text(stream), name);
      } catch (error) {
        return `no answer: ${String(error)}`;
      }
    },
    stop: async () => {
      child.kill("SIGKILL");
      await gone;
      await rm(folder, { recursive: true, force: true });
    },
  };
};
