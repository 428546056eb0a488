// Installs and builds what is missing: `node scripts/ensure.mjs [folder with a package.json of its own …]`.
// It runs before anything is installed, so it imports nothing but Node.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** Runs a command with this terminal; returns whether it succeeded. */
export const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, stdio: "inherit", shell: process.platform === "win32", ...options }).status === 0;

/** npm writes this file last: an installation that was broken off has none. */
const isInstalled = (folder) => existsSync(join(folder, "node_modules/.package-lock.json"));

/** Installs a folder's dependencies unless they are there; returns whether they are. */
export const install = (folder = root) => {
  if (isInstalled(folder)) return true;
  const command = existsSync(join(folder, "package-lock.json")) ? "ci" : "install";
  return run("npm", [command, "--no-audit", "--no-fund"], { cwd: folder });
};

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

const sources = () => [...["src", "adapters", "shutdown", "cli"].flatMap((folder) => filesIn(join(root, folder))), join(root, "tsup.config.ts")];

const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));

/** Every file that package.json names as an entry, all of them made by the build. */
const outputs = () => {
  const { exports: map, bin } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return leaves({ map, bin }).filter((path) => path.startsWith("./dist/")).map((path) => join(root, path));
};

/** Whether every output is there and newer than every source. */
export const isBuilt = () => Math.min(...outputs().map(modified)) >= Math.max(...sources().map(modified));

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folders = process.argv.slice(2).map((folder) => join(root, folder));
  const done = install() && (isBuilt() || run("npm", ["run", "--silent", "build"])) && folders.every((folder) => install(folder));
  if (!done) process.exitCode = 1;
}
