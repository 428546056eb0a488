import { spawnSync } from "node:child_process";
import { chownSync, existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { folder, freePort, served, type Owner, type RealServer } from "./served.js";

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
  const server = served({ port, data, command, owner, isUp: () => answersStartup(port) });
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
