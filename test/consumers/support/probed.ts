import { fork, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("../../..", import.meta.url));

/** What is missing when a command is not on the path, for `describeReal`. */
export const missing = (command: string): string | undefined => (spawnSync("which", [command]).status === 0 ? undefined : command);

/** A service in a process of its own, built from dist, whose dependency a test breaks. */
export interface Probed {
  readonly port: number;
  /** Another port, where everything is at `/`. */
  readonly rootPort: number;
  tell(order: "break" | "mend" | "drain"): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the service on free ports. */
export const probed = async (): Promise<Probed> => {
  const child = fork(fileURLToPath(new URL("server.mjs", import.meta.url)), { execArgv: [] });
  const [ports] = (await once(child, "message")) as [Pick<Probed, "port" | "rootPort">];
  return {
    ...ports,
    tell: async (order) => {
      const done = once(child, "message");
      child.send(order);
      await done;
    },
    stop: async () => {
      const gone = once(child, "exit");
      child.kill("SIGKILL");
      await gone;
    },
  };
};

/** A process that printed where it answers. */
export interface Served {
  readonly base: string;
  stop(): Promise<void>;
}

/** Starts a script with plain node; resolves at the first line with an address, rejects with its errors if it ends before. */
export const served = async (script: string, cwd: string = root): Promise<Served> => {
  const child = spawn(process.execPath, [script], { cwd, env: { ...process.env, PORT: "0" }, stdio: ["ignore", "pipe", "pipe"] });
  const gone = once(child, "exit");
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  for await (const line of createInterface({ input: child.stdout })) {
    const base = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (base === undefined) continue;
    child.stdout.resume();
    const stop = async (): Promise<void> => {
      child.kill("SIGKILL");
      await gone;
    };
    return { base, stop };
  }
  throw new Error(`${script} told no address: ${errors}`);
};
