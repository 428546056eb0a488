import { execFile } from "node:child_process";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./probed.js";

const execute = promisify(execFile);

/** Runs a command in a folder; rejects with everything it printed. */
export const run = async (cwd: string, command: string, ...args: readonly string[]): Promise<string> => {
  try {
    const { stdout } = await execute(command, args, { cwd, maxBuffer: 1e8 });
    return stdout;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${command} ${args.join(" ")} failed:\n${stdout}${stderr}`, { cause: error });
  }
};

/** A folder outside the checkout, so that nothing resolves to the checkout's own modules. */
export const outside = (): Promise<string> => mkdtemp(join(tmpdir(), "probekit-consumer-"));

export const remove = (folder: string): Promise<void> => rm(folder, { recursive: true, force: true });

/** The package as it is published; resolves with the tarball's path. */
export const pack = async (into: string): Promise<string> => {
  const output = await run(root, "npm", "pack", "--ignore-scripts", "--json", "--pack-destination", into);
  const [packed] = JSON.parse(output) as { filename: string }[];
  return join(into, packed?.filename ?? "");
};

/** The version of a development dependency, so that the registry's cache has it already. */
export const versionOf = async (name: string): Promise<string> => {
  const { devDependencies } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  return (devDependencies as Record<string, string>)[name] ?? "*";
};

/** A project with a copy of a folder of this test's own, and the packages installed that it names. */
export const project = async (folder: string, files: string, dependencies: Readonly<Record<string, string>>): Promise<void> => {
  await cp(new URL(`../${files}`, import.meta.url), folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "consumer", private: true, dependencies }));
  await run(folder, "npm", "install", "--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts");
};

/** The checkout's own compiler in a project: `tsc` with these arguments. */
export const tsc = (folder: string, ...args: readonly string[]): Promise<string> =>
  run(folder, process.execPath, join(root, "node_modules/@typescript/native/bin/tsc"), ...args);
