import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accepts, folder, freePort, isOnPath, served, type RealServer } from "./served.js";

export const missingNats = isOnPath("nats-server") ? undefined : "nats-server";

export const natsUser = "health";
export const natsPassword = "s3cret";

/** How a NATS server is started. */
export interface NatsServing {
  /** Where it listens; a free port unless told otherwise. */
  readonly port?: number;
  /** More of its configuration file. */
  readonly settings?: string;
  readonly password?: string;
}

/** The default settings: one user in the global account. */
const oneUser = (password: string): string => `authorization { user: ${natsUser}, password: ${password} }`;

/** A NATS server with one user and a password, without JetStream unless its settings enable it. */
export const natsServer = async ({ port: given, settings = "", password = natsPassword }: NatsServing = {}): Promise<RealServer> => {
  const [port, data] = [given ?? (await freePort()), await folder()];
  const config = join(data, "nats.conf");
  const access = settings.includes("accounts") ? "" : oneUser(password);
  writeFileSync(config, settings.replaceAll("{data}", data) + access);
  const command = ["nats-server", "-a", "127.0.0.1", "-p", String(port), "-c", config];
  const server = served({ port, data, command, isUp: () => accepts(port) });
  await server.start();
  return server;
};
