// Writes package.json's entry points from the build's entry list; with --check it only says whether they agree.
// Run through tsx, which reads the build's configuration: `npm run exports`.
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { entries } from "../tsup.config.ts";

const file = new URL("../package.json", import.meta.url);

const conditions = (name) => ({
  import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
  require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
});

const subpath = (name) => (name === "index" ? "." : `./${name}`);

const exportsMap = {
  ...Object.fromEntries(Object.keys(entries).map((name) => [subpath(name), conditions(name)])),
  "./package.json": "./package.json",
};

const points = { main: "./dist/index.cjs", module: "./dist/index.js", types: "./dist/index.d.ts", exports: exportsMap };

const manifest = JSON.parse(readFileSync(file, "utf8"));
const current = Object.fromEntries(Object.keys(points).map((key) => [key, manifest[key]]));
const inOrder = isDeepStrictEqual(Object.keys(manifest.exports ?? {}), Object.keys(exportsMap));

if (isDeepStrictEqual(current, points) && inOrder) {
  console.log(`package.json exports the ${Object.keys(entries).length} entries of the build`);
} else if (process.argv.includes("--check")) {
  console.error("package.json does not export the entries of the build: run `npm run exports`");
  process.exitCode = 1;
} else {
  writeFileSync(file, `${JSON.stringify({ ...manifest, ...points }, null, 2)}\n`);
  console.log(`package.json now exports the ${Object.keys(entries).length} entries of the build`);
}
