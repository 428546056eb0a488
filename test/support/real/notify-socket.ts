import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { folder, isOnPath, remove } from "./served.js";

const program = fileURLToPath(new URL("notify-socket.py", import.meta.url));

/** What a suite needs that talks to systemd. */
export const notifyParts = (): string | undefined => ["python3", "systemd-notify"].find((part) => !isOnPath(part));

/** A socket that keeps what systemd would have been told. */
export interface NotifySocket {
  readonly path: string;
  readonly messages: string[];
  close(): Promise<void>;
}

export const notifySocket = async (): Promise<NotifySocket> => {
  const data = await folder();
  const path = join(data, "notify.sock");
  const server = spawn("python3", [program, path], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(server, "exit");
  const lines = createInterface(server.stdout);
  await once(lines, "line");
  const messages: string[] = [];
  lines.on("line", (line) => messages.push(line));
  const close = async (): Promise<void> => {
    server.kill("SIGKILL");
    await ended;
    await remove(data);
  };
  return { path, messages, close };
};
