import { readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const json = (file: string) => JSON.parse(read(file));

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .map((file) => join(folder, file));

const product = [...filesIn("src"), ...filesIn("adapters"), ...filesIn("shutdown"), ...filesIn("cli")];
const adapters = filesIn("adapters").filter((file) => !file.includes("shared"));

/** Adapters that are called otherwise than the package whose types they know. */
const packageOf: Readonly<Record<string, string>> = { opentelemetry: "@opentelemetry/api", prometheus: "prom-client" };

const importsOf = (file: string): string[] => [...read(file).matchAll(/\bfrom "([^"]+)"/g)].map(([, from]) => from ?? "");

const holding = (pattern: RegExp, files: readonly string[] = product): string[] => files.filter((file) => pattern.test(read(file)));

describe("the house rules", () => {
  it("leave src/index.ts as the only file that passes on values of others", () => {
    expect(holding(/^export (?:\*|\{[^}]*\}) from/m)).toEqual(["src/index.ts"]);
  });

  it("know no class but the error, no enum and no default export", () => {
    expect(holding(/^(?:export )?(?:abstract )?class /m)).toEqual(["src/errors.ts"]);
    expect(holding(/^\s*(?:export )?(?:const )?enum /m)).toEqual([]);
    expect(holding(/^export default/m)).toEqual([]);
  });

  it("name files in kebab-case", () => {
    expect(product.map((file) => basename(file)).filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*\.ts$/.test(name))).toEqual([]);
  });

  it("let an adapter import types of its own framework only", () => {
    const foreign = adapters.flatMap((file) => {
      const framework = basename(file, ".ts");
      const own = [framework, packageOf[framework], `${framework}-plugin`, "probekit"];
      return importsOf(file).filter((from) => !own.includes(from) && !from.startsWith("./shared/") && !from.startsWith("node:"));
    });
    expect(foreign).toEqual([]);
  });

  it("document every value and every type that is exported from an entry", () => {
    const entries = [...adapters, ...readdirSync(join(root, "src/checks")).filter((file) => file.endsWith(".ts")).map((file) => `src/checks/${file}`)];
    const bare = [...entries, "src/types.ts", "src/errors.ts"].flatMap((file) =>
      [...read(file).matchAll(/(.*)\nexport (?:const|interface|type|class) (\w+)/g)]
        .filter(([, before]) => !before?.trimEnd().endsWith("*/"))
        .map(([, , name]) => `${file}: ${name}`),
    );
    expect(bare).toEqual([]);
  });
});

describe("the package", () => {
  const manifest = json("package.json");

  it("depends on fastify-plugin alone, and every framework is an optional peer", () => {
    expect(Object.keys(manifest.dependencies)).toEqual(["fastify-plugin"]);
    const peers = Object.keys(manifest.peerDependencies);
    expect(manifest.peerDependenciesMeta).toEqual(Object.fromEntries(peers.map((name) => [name, { optional: true }])));
  });

  it("has a size limit for the core, the shutdown and every adapter", () => {
    const limits = [...new Set((json(".size-limit.json") as { path: string }[]).map(({ path }) => basename(path, ".js")))];
    expect(limits.toSorted()).toEqual(["index", "shutdown", ...adapters.map((file) => basename(file, ".ts"))].toSorted());
  });

  it("locks versions and integrity, and no address that a package is downloaded from", () => {
    const { packages } = json("package-lock.json") as { packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }> };
    const installed = Object.entries(packages).filter(([path, { link }]) => path !== "" && !link);
    expect(installed.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
    expect(installed.filter(([path, { integrity }]) => integrity === undefined && !path.includes("/node_modules/"))).toEqual([]);
  });
});
