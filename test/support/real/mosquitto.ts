import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { accepts, folder, freePort, isOnPath, served, type RealServer } from "./served.js";

export const missingMosquitto = ["mosquitto", "mosquitto_passwd"].find((command) => !isOnPath(command));

export const mosquittoUser = "health";
export const mosquittoPassword = "s3cret";

/** A Mosquitto with one user that keeps nothing on disk. */
export const mosquittoServer = async (): Promise<RealServer> => {
  const [port, data] = [await freePort(), await folder()];
  const [passwords, config] = [join(data, "passwords"), join(data, "mosquitto.conf")];
  const made = spawnSync("mosquitto_passwd", ["-b", "-c", passwords, mosquittoUser, mosquittoPassword], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(`mosquitto_passwd failed: ${made.stderr}`);
  // Started by root it would become a user that can't read the folder.
  const lines = ["user root", `listener ${port} 127.0.0.1`, "allow_anonymous false", `password_file ${passwords}`, "persistence false", "log_dest none"];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const server = served({ port, data, command: ["mosquitto", "-c", config], isUp: () => accepts(port) });
  await server.start();
  return server;
};
