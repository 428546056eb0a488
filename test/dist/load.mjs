// Plain node: prints what each entry of the exports map exports, `node load.mjs esm` or `node load.mjs cjs`.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
const load = process.argv[2] === "esm" ? (name) => import(name) : createRequire(import.meta.url);

const namesOf = async (subpath) => Object.keys(await load(subpath.replace(".", "probekit")));

const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== "./package.json");
console.log(JSON.stringify(Object.fromEntries(await Promise.all(subpaths.map(async (subpath) => [subpath, await namesOf(subpath)])))));
