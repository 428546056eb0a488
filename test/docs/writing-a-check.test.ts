import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Health } from "probekit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = readFileSync(join(root, "docs/writing-a-check.md"), "utf8");

/** The page's snippets by the name in their first line. */
const snippets = new Map([...page.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm)].map(([, name = "", code = ""]) => [name, code]));

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(root, "test/docs/.snippets-"));
  for (const [name, code] of snippets) writeFileSync(join(folder, name), code);
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ extends: "../../../tsconfig.json", include: ["*.ts"], exclude: [] }));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("docs/writing-a-check.md", () => {
  it("names every snippet", () => {
    expect([...snippets.keys()]).toEqual(["queue.ts", "smallest.ts", "signal.ts", "queue-check.ts", "register.ts", "queue-check-test.ts"]);
    expect(page.match(/^```ts$/gm)?.length).toBe(snippets.size);
  });

  it("has snippets that pass the types", async () => {
    const compiler = join(root, "node_modules/@typescript/native/bin/tsc");
    const { stdout } = await promisify(execFile)(process.execPath, [compiler, "-p", folder]).catch((failure: { stdout: string }) => failure);
    expect(stdout).toBe("");
  }, 120_000);

  it.each([...snippets.keys()])("has a snippet that runs: %s", async (name) => {
    await import(join(folder, name));
  });

  it("registers checks that are well", async () => {
    const { health } = (await import(join(folder, "register.ts"))) as { health: Health };
    await expect.poll(async () => (await health.report()).checks["queue.backlog"]?.status).toBe("ok");
    expect(await health.report("ready")).toMatchObject({ status: "healthy", checks: { queue: { status: "ok", data: { depth: 12 } } } });
    await health.close();
  });

  it("has links that lead somewhere", () => {
    const links = [...page.matchAll(/\]\((?!https?:)([^)]+)\)/g)].map(([, link = ""]) => join(root, "docs", link));
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(() => readFileSync(join(link, "README.md"))).not.toThrow();
  });
});
