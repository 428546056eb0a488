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
  /** Where its agent answers, which is then asked as often as the server. */
  readonly agentPort?: number;
}

/** A running HAProxy. */
export interface Haproxy {
  /** What it thinks of a backend's server: `UP L7OK/200`. */
  state(backend: string): Promise<string>;
  /** What `show stat` holds of a backend's server, by column; nothing until it answers. */
  columns(backend: string): Promise<Readonly<Record<string, string | number>>>;
  /** Says a command of its management guide, such as `disable agent app/app`. */
  say(command: string): Promise<string>;
  stop(): Promise<void>;
}

const agentOf = ({ agentPort }: Backend): string =>
  agentPort === undefined ? "" : ` weight 100 agent-check agent-port ${agentPort} agent-inter 100ms agent-send "state?\\n"`;

const backend = (each: Backend): string =>
  `backend ${each.name}\n  ${each.check}\n  server app 127.0.0.1:${each.port} check inter 100ms fall 2 rise 1${agentOf(each)}\n`;

const configuration = (socket: string, backends: readonly Backend[]): string => `global
  stats socket ${socket} level admin
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

interface StatCell {
  readonly field: { readonly name: string };
  readonly value: { readonly value: string | number };
}

// A message of HAProxy's own may hold a line break, which its JSON does not escape.
const columnsIn = (json: string, name: string): Record<string, string | number> => {
  const rows = (JSON.parse(json.replaceAll("\n", "")) as StatCell[][]).map((cells) => Object.fromEntries(cells.map(({ field, value }) => [field.name, value.value])));
  return rows.find((row) => row["pxname"] === name && row["svname"] === "app") ?? {};
};

/** Starts HAProxy, which asks each backend's server ten times a second. Its state is read from its stats socket. */
export const haproxy = async (backends: readonly Backend[]): Promise<Haproxy> => {
  const folder = await mkdtemp(join(tmpdir(), "probekit-haproxy-"));
  const [file, socket] = [join(folder, "haproxy.cfg"), join(folder, "stats")];
  await writeFile(file, configuration(socket, backends));
  const child = spawn("haproxy", ["-db", "-q", "-f", file], { stdio: "ignore" });
  const gone = once(child, "exit");
  const say = (command: string): Promise<string> => {
    const stream = connect(socket);
    stream.write(`${command}\n`);
    return text(stream);
  };
  return {
    say,
    columns: async (name) => columnsIn(await say("show stat json").catch(() => "[]"), name),
    state: async (name) => {
      try {
        return stateIn(await say("show stat"), name);
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
