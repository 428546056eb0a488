// What each library weighs: packages and bytes that it brings in, its bundle gzipped, and its import over an empty module.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { median } from "./figures.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const modules = join(here, "node_modules");

/** Peers that the application has anyway: frameworks are not counted. */
const hosts = new Set(["express", "fastify", "koa", "@nestjs/common", "@nestjs/core", "@nestjs/platform-express", "reflect-metadata", "rxjs"]);

const libraries = ["probekit", "@godaddy/terminus", "lightship", "@nestjs/terminus", "@fastify/under-pressure", "fastify-healthcheck", "@cloudnative/health-connect", "express-actuator"];

const manifest = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));

/** Where Node finds a package that another one requires. */
const found = (name, from) => {
  for (let folder = from; folder.startsWith(here.slice(0, -1)); folder = join(folder, "..")) {
    const candidate = join(folder, "node_modules", name);
    if (existsSync(join(candidate, "package.json"))) return candidate;
  }
  return undefined;
};

/** Every folder that installing a package brings in, its own first. */
const brought = (name) => {
  const folders = new Set();
  const add = (folder) => {
    if (folder === undefined || folders.has(folder)) return;
    folders.add(folder);
    for (const needed of Object.keys(manifest(folder).dependencies ?? {})) if (!hosts.has(needed)) add(found(needed, folder));
  };
  add(join(modules, name));
  return [...folders];
};

const bytesIn = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "node_modules" ? sum : sum + bytesIn(path);
    return sum + statSync(path).size;
  }, 0);

/** Ours is linked from the checkout: what npm would pack is what counts. */
const packed = () => {
  const [{ unpackedSize }] = JSON.parse(execFileSync("npm", ["pack", "--dry-run", "--json", "--ignore-scripts"], { cwd: join(here, ".."), encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }));
  const dependencies = Object.keys(manifest(join(here, "..")).dependencies ?? {});
  return { packages: 1 + dependencies.length, bytes: unpackedSize + dependencies.reduce((sum, name) => sum + bytesIn(found(name, here) ?? join(here, "../node_modules", name)), 0) };
};

const installed = (name) => {
  if (name === "probekit") return packed();
  const folders = brought(name);
  return { packages: folders.length, bytes: folders.reduce((sum, folder) => sum + bytesIn(folder), 0) };
};

const bundled = async (name) => {
  const { outputFiles } = await build({
    stdin: { contents: `export * from ${JSON.stringify(name)}`, resolveDir: here },
    bundle: true, minify: true, write: false, platform: "node", format: "esm", external: [...hosts], logLevel: "silent",
    // What a library requires only where it is there.
    plugins: [{ name: "absent", setup: ({ onResolve }) => onResolve({ filter: /^[^./]/ }, ({ path, resolveDir }) => (path.startsWith("node:") || found(path.split("/").slice(0, path.startsWith("@") ? 2 : 1).join("/"), resolveDir + "/") ? undefined : { path, external: true })) }],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
};

/** Milliseconds that importing adds to an empty module: the median of so many processes, in turn. */
const imported = (name, times) => {
  const time = (specifier) =>
    Number(execFileSync(process.execPath, ["--input-type=module", "-e", `const t = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - t); process.exit()`], { cwd: here }));
  const pairs = Array.from({ length: times }, () => time(name) - time("./empty.mjs"));
  return median(pairs);
};

/** One row a library. */
export const measureWeight = async (times = 11) => {
  const rows = [];
  for (const name of libraries) rows.push({ name, ...installed(name), gzipped: await bundled(name), importMs: imported(name, times) });
  return rows;
};
