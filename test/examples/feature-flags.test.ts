import { spawn, type ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";
import { temporaryFolders } from "../checks/support/folder.js";

const folderOf = temporaryFolders();
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

const start = async (env: Record<string, string>) => {
  const child = spawn(process.execPath, ["examples/feature-flags/server.mjs"], { env: { ...process.env, PORT: "0", ...env }, stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("http://127.0.0.1:")) return { base: line, child };
  }
  throw new Error("the example told no address");
};

interface Body {
  readonly status: string;
  readonly causes: readonly string[];
  readonly checks: Record<string, { status: string; reason?: string }>;
}

const ready = async (base: string): Promise<Body> => (await (await fetch(`${base}/health/ready`)).json()) as Body;

const told = async (base: string): Promise<Record<string, string>> => {
  const { checks } = await ready(base);
  return Object.fromEntries(Object.entries(checks).map(([name, { status, reason }]) => [name, reason === undefined ? status : `${status}/${reason}`]));
};

const isInTenth = (flag: string, pod: string): boolean => createHash("sha256").update(`${flag}/${pod}`).digest().readUInt32BE() % 100 < 10;

const pods = Array.from({ length: 1000 }, (_, at) => `orders-7d9c-${at}`);
const outside = pods.find((pod) => !isInTenth("check-search", pod) && !isInTenth("check-stock", pod))!;
const inside = pods.find((pod) => isInTenth("check-search", pod) && isInTenth("check-stock", pod))!;

describe("the example of feature flags", () => {
  it("skips, on a pod outside of the tenth, what is off or only for the tenth", async () => {
    const { base, child } = await start({ POD_NAME: outside });
    const off = "skipped/disabled";
    expect(await told(base)).toEqual({ flags: "ok", payments: "ok", search: off, ledger: "ok", mail: off, stock: off });
    expect(await ready(base)).toMatchObject({ status: "healthy", causes: [] });
    expect(await (await fetch(`${base}/`)).text()).toBe("hello\n");
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  });

  it("runs, on a pod of the tenth, what is new, and degrades at most", async () => {
    const { base } = await start({ POD_NAME: inside });
    expect(await told(base)).toEqual({ flags: "ok", payments: "ok", search: "error/failed", ledger: "ok", mail: "skipped/disabled", stock: "ok" });
    expect(await ready(base)).toMatchObject({ status: "degraded", causes: ["search"] });
  });

  it("follows a flag that is switched, OpenFeature's and one's own", async () => {
    const file = join(folderOf({ "flags.json": "{}" }), "flags.json");
    const { base } = await start({ POD_NAME: outside, FLAGS_FILE: file });
    expect(await told(base)).toMatchObject({ payments: "ok", ledger: "ok", mail: "ok" });
    expect(await (await fetch(`${base}/check-payments/off`, { method: "POST" })).text()).toBe("check-payments is off\n");
    writeFileSync(file, JSON.stringify({ "check-mail": "off", "check-ledger": "sometimes" }));
    const off = "skipped/disabled";
    await expect.poll(() => told(base), { timeout: 10_000 }).toMatchObject({ payments: off, mail: off, ledger: "ok", stock: "ok" });
    await fetch(`${base}/check-payments/on`, { method: "POST" });
    writeFileSync(file, JSON.stringify({ "check-mail": "100%", "check-ledger": "0%" }));
    await expect.poll(() => told(base), { timeout: 10_000 }).toMatchObject({ payments: "ok", mail: "ok", ledger: off });
  }, 30_000);

  it("takes about a tenth of the pods for each flag, and not the same", () => {
    const [search, stock] = ["check-search", "check-stock"].map((flag) => pods.filter((pod) => isInTenth(flag, pod)));
    expect([search!.length, stock!.length].every((size) => size > 70 && size < 130)).toBe(true);
    expect(search!.filter((pod) => stock!.includes(pod)).length).toBeLessThan(40);
  });
});
