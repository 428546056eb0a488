import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";

const root = fileURLToPath(new URL("../../..", import.meta.url));

/** A page of docs/ and its snippets, which are written to a folder of their own while a suite runs. */
export interface Page {
  readonly text: string;
  /** Their names, as the first line of each says. */
  readonly names: readonly string[];
  /** How many snippets there are, named or not. */
  readonly count: number;
  load(name: string): Promise<Record<string, unknown>>;
  /** What the compiler says of them all; nothing where they are right. */
  compile(): Promise<string>;
  /** The local files that its links lead to. */
  readonly links: readonly string[];
}

/** Reads a page; call it in the suite's own body. */
export const pageOf = (file: string): Page => {
  const text = readFileSync(join(root, file), "utf8");
  const snippets = new Map([...text.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(([, name = "", code = ""]) => [name, code]));
  let folder = "";

  beforeAll(() => {
    folder = mkdtempSync(join(root, "test/docs/.snippets-"));
    for (const [name, code] of snippets) writeFileSync(join(folder, name), code);
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../../../tsconfig.json", include: ["*.ts"], exclude: [] }));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  return {
    text,
    names: [...snippets.keys()],
    count: text.match(/^```ts$/gm)?.length ?? 0,
    load: async (name) => (await import(join(folder, name))) as Record<string, unknown>,
    compile: async () => {
      const compiler = join(root, "node_modules/@typescript/native/bin/tsc");
      const { stdout } = await promisify(execFile)(process.execPath, [compiler, "-p", folder]).catch((failure: { stdout: string }) => failure);
      return stdout;
    },
    links: [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)].map(([, link = ""]) => join(root, file, "..", link)),
  };
};
