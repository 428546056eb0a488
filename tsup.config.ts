import { readdirSync } from "node:fs";
import { defineConfig, type Options } from "tsup";

const named = (folder: string, prefix: string): [string, string][] =>
  readdirSync(new URL(folder, import.meta.url))
    .filter((file) => file.endsWith(".ts"))
    .map((file) => [`${prefix}${file.slice(0, -3)}`, `${folder}/${file}`]);

const main = { index: "src/index.ts", testing: "src/testing.ts", shutdown: "shutdown/shutdown.ts" };

const adapters = Object.fromEntries(named("adapters", ""));

const checks = Object.fromEntries(named("src/checks", "checks/"));

/** The shutdown, every adapter and every ready-made check is an entry of its own; scripts/exports.mjs writes the exports map from this list. */
export const entries: Readonly<Record<string, string>> = { ...main, ...adapters, ...checks };

// Most of an import is compiling, and that goes with the bytes. Names of functions and classes stay for stack traces,
// and so do the lines.
const terse = {
  minify: "terser",
  terserOptions: { module: false, toplevel: false, keep_classnames: true, keep_fnames: true, format: { semicolons: false } },
} as const;

// V8 reads the head of an arrow function twice: without them the core is compiled in two thirds of the time.
const quick = {
  esbuildOptions: (options: { supported?: Record<string, boolean> }): void => {
    options.supported = { ...options.supported, arrow: false };
  },
};

const built = {
  target: "node20",
  treeshake: true,
  removeNodeProtocol: false,
  ...terse,
} as const;

const library = {
  ...built,
  format: ["esm", "cjs"],
  dts: true,
  // Adapters import the core by its name, so that each stays small and shares the application's copy.
  external: ["probekit"],
} satisfies Options;

export default defineConfig([
  { ...library, ...quick, entry: { ...main, ...checks } },
  // These are so small that the bytes count for more.
  { ...library, entry: adapters },
  // The command line is one file that runs wherever it is copied to, and CommonJS, which starts sooner.
  { ...built, ...quick, entry: { cli: "cli/cli.ts" }, format: ["cjs"] },
]);
