import { execFile } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { accepts, folder, freePort, isOnPath, served, type RealServer } from "./served.js";

const binaries = "/usr/lib/rabbitmq/bin";

const isInstalled = existsSync(`${binaries}/rabbitmq-server`) && ["epmd", "setpriv"].every(isOnPath);

export const missingRabbitmq = isInstalled ? undefined : "rabbitmq-server";

export const rabbitmqUser = "health";
export const rabbitmqPassword = "s3cret";

/** A RabbitMQ node whose limits a test can move. */
export interface RabbitmqServer extends RealServer {
  /** Runs `rabbitmqctl` on it. */
  control(...words: readonly string[]): Promise<unknown>;
}

// A node registers with epmd, which it would start as a daemon of its own: this one is the node's child, and ends with it.
const start = `setpriv --pdeathsig KILL -- epmd & exec ${binaries}/rabbitmq-server`;

interface Ports {
  readonly port: number;
  readonly distribution: number;
  readonly epmd: number;
}

const environment = (data: string, { port, distribution, epmd }: Ports): NodeJS.ProcessEnv => ({
  PATH: process.env["PATH"],
  LANG: "C.UTF-8",
  HOME: data,
  ERL_EPMD_PORT: String(epmd),
  ERL_EPMD_ADDRESS: "127.0.0.1",
  ERL_CRASH_DUMP: "/dev/null",
  RABBITMQ_NODENAME: `probekit${port}@localhost`,
  RABBITMQ_DIST_PORT: String(distribution),
  RABBITMQ_CONF_ENV_FILE: "/dev/null",
  RABBITMQ_CONFIG_FILE: join(data, "rabbitmq.conf"),
  RABBITMQ_ENABLED_PLUGINS_FILE: join(data, "plugins"),
  RABBITMQ_MNESIA_BASE: join(data, "mnesia"),
  RABBITMQ_LOG_BASE: data,
  RABBITMQ_LOGS: "-",
  // In the foreground, in place of the shell, and without its prompt; it doesn't spin while it waits.
  RABBITMQ_ALLOW_INPUT: "1",
  RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-noinput +sbwt none +sbwtdcpu none +sbwtdio none",
});

const initialise = (data: string, port: number): void => {
  writeFileSync(join(data, ".erlang.cookie"), `probekit${port}`, { mode: 0o400 });
  writeFileSync(join(data, "plugins"), "[].");
  const settings = [`listeners.tcp.1 = 127.0.0.1:${port}`, `default_user = ${rabbitmqUser}`, `default_pass = ${rabbitmqPassword}`];
  writeFileSync(join(data, "rabbitmq.conf"), `${settings.join("\n")}\n`);
};

/** A RabbitMQ node of its own, with one user and a password; it takes some seconds to start. */
export const rabbitmqServer = async (): Promise<RabbitmqServer> => {
  const ports: Ports = { port: await freePort(), distribution: await freePort(), epmd: await freePort() };
  const { port } = ports;
  const data = await folder();
  initialise(data, port);
  const env = environment(data, ports);
  const server = served({ port, data, command: ["sh", "-c", start], env, isUp: () => accepts(port) });
  await server.start();
  const control = (...words: readonly string[]): Promise<unknown> => promisify(execFile)(`${binaries}/rabbitmqctl`, words, { env });
  return { ...server, control };
};
