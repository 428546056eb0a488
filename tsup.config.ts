import { readdirSync } from "node:fs";
import { defineConfig } from "tsup";

const named = (folder: string, prefix: string): [string, string][] =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [`${prefix}${file.slice(0, -3)}`, `${folder}/${file}`]);

/** The shutdown, every adapter and every ready-made check is an entry of its own; scripts/exports.mjs writes the exports map from this list. */
export const entries: Readonly<Record<string, string>> = Object.fromEntries([
  ["index", "src/index.ts"],
  ["testing", "src/testing.ts"],
  ["shutdown", "shutdown/shutdown.ts"],
  ...named("adapters", ""),
  ...named("src/checks", "checks/"),
]);

// Most of an import is compiling, and that goes with the bytes. Names of functions and classes stay for stack traces,
// and so do the lines.
const terse = {
  minify: "terser",
  terserOptions: { module: false, toplevel: false, keep_classnames: true, keep_fnames: true, format: { semicolons: false } },
} as const;

export default defineConfig([
  {
    entry: { ...entries },
    format: ["esm", "cjs"],
    dts: true,
    target: "node20",
    treeshake: true,
    removeNodeProtocol: false,
    ...terse,
    // Adapters import the core by its name, so that each stays small and shares the application's copy.
    external: ["probekit"],
  },
  // The command line is one file that runs wherever it is copied to, and CommonJS, which starts sooner.
  { entry: { cli: "cli/cli.ts" }, format: ["cjs"], target: "node20", treeshake: true, removeNodeProtocol: false, ...terse },
]);
