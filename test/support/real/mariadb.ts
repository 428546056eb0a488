import { spawnSync } from "node:child_process";
import { chownSync, existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { folder, freePort, served, type Owner, type RealServer } from "./served.js";

const daemon = "/usr/sbin/mariadbd";
const installer = "/usr/bin/mariadb-install-db";

export const missingMariadb = existsSync(daemon) && existsSync(installer) ? undefined : "mariadb-server 10.11";

export const mariadbUser = "health";
export const mariadbPassword = "s3cret";
export const mariadbDatabase = "health";

const idOf = (flag: "-u" | "-g"): number => Number(spawnSync("id", [flag, "mysql"], { encoding: "utf8" }).stdout);

// MariaDB refuses to run as root.
const mariadbOwner = (): Owner => (process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {});

// The installer asks without grant tables, which accounts need.
const accounts = [
  "FLUSH PRIVILEGES;",
  `CREATE DATABASE ${mariadbDatabase};`,
  `CREATE USER '${mariadbUser}'@'127.0.0.1' IDENTIFIED BY '${mariadbPassword}';`,
  `GRANT ALL ON *.* TO '${mariadbUser}'@'127.0.0.1' WITH GRANT OPTION;`,
];

const initialise = (home: string, owner: Owner): void => {
  const file = join(home, "accounts.sql");
  writeFileSync(file, `${accounts.join("\n")}\n`);
  if (owner.uid !== undefined && owner.gid !== undefined) {
    for (const path of [home, file]) chownSync(path, owner.uid, owner.gid);
  }
  const options = ["--no-defaults", `--datadir=${join(home, "data")}`, "--skip-test-db", "--skip-name-resolve", `--extra-file=${file}`];
  const done = spawnSync(installer, options, { ...owner, encoding: "utf8" });
  if (done.status !== 0) throw new Error(`mariadb-install-db failed: ${done.stdout}${done.stderr}`);
};

const settingsOf = (home: string, port: number): string[] => [
  "--no-defaults",
  `--datadir=${join(home, "data")}`,
  `--socket=${join(home, "socket")}`,
  `--pid-file=${join(home, "pid")}`,
  "--bind-address=127.0.0.1",
  `--port=${port}`,
  "--skip-name-resolve",
  "--skip-log-bin",
  "--max-connections=40",
  "--innodb-flush-log-at-trx-commit=0",
  "--innodb-buffer-pool-size=16M",
];

/** A MariaDB server with one user, a password and no durability. */
export const mariadbServer = async (): Promise<RealServer> => {
  const [port, data] = [await freePort(), await folder()];
  const owner = mariadbOwner();
  initialise(data, owner);
  const server = served({ port, data, command: [daemon, ...settingsOf(data, port)], owner, isUp: () => greets(port) });
  await server.start();
  return server;
};

// A server speaks first: its greeting names protocol 10, its refusal is an error packet.
const greets = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const answer = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once("data", (data) => answer(data[4] === 10));
    socket.once("error", () => answer(false));
    socket.once("close", () => answer(false));
  });
