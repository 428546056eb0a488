import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Options } from "tsup";
import { afterAll, beforeAll, vi } from "vitest";
import { folder, remove } from "../../support/real/served.js";
import { start, type Running, type RunOptions } from "./process.js";

const entry = fileURLToPath(new URL("../../../cli/cli.ts", import.meta.url));

/** Builds the command line into a folder: its one file. */
export const buildInto = async (outDir: string, options: Options = {}): Promise<string> => {
  const quickly = { format: "cjs", target: "node20", ...options } as const;
  await build({ ...quickly, entry: { cli: entry }, outDir, config: false, silent: true, clean: false, dts: false });
  return join(outDir, "cli.cjs");
};

/** The command line of one test file. */
export interface CommandLine {
  /** Its one file. */
  readonly file: () => string;
  readonly start: (args: readonly string[], options?: RunOptions) => Running;
}

/** Builds it once for a test file, without a prior build of the package. */
export const commandLine = (): CommandLine => {
  // A process takes a second to start where the machine is busy.
  vi.setConfig({ testTimeout: 60_000 });
  let [directory, file] = ["", ""];
  beforeAll(async () => {
    directory = await folder();
    file = await buildInto(directory);
  }, 60_000);
  afterAll(() => remove(directory));
  return { file: () => file, start: (args, options) => start([process.execPath, file, ...args], options) };
};
