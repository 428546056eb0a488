import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, beforeEach, expect, it } from "vitest";
import { describeReal } from "../support/real/served.js";
import { missing, startRunIn } from "./support/run.js";

let folder: string;

// With a space, as a user's name may have one.
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "broken off "));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

const isGone = (port: number): Promise<boolean> => fetch(`http://127.0.0.1:${port}/`).then(() => false, () => true);

describeReal("run.mjs, broken off", missing, () => {
  it.each([
    { strategy: "blue-green", balancer: "nginx", signal: "SIGTERM", code: 143, at: "green is started" },
    { strategy: "canary", balancer: "haproxy", signal: "SIGINT", code: 130, at: "the canary is started" },
    { strategy: "deploy", balancer: "nginx", signal: "SIGHUP", code: 129, at: "smoke test: passed" },
  ] as const)("leaves no process and no folder behind: $strategy behind $balancer, $signal", async ({ strategy, signal, code, at }) => {
    const child = startRunIn(folder, [strategy, "--rate", "50", "--ready-within-ms", "60000"]);
    const ports = new Set<number>();
    let printed = "";
    for await (const line of createInterface({ input: child.stdout })) {
      printed += `${line}\n`;
      for (const [, port] of line.matchAll(/(?: on| and| on port) (\d{5})\b/g)) ports.add(Number(port));
      if (line.includes(at)) break;
    }
    expect(printed).toContain(at);
    expect(await readdir(folder)).toHaveLength(1);
    child.kill(signal);
    expect(await once(child, "exit")).toEqual([code, null]);
    expect(await readdir(folder)).toEqual([]);
    expect(ports.size).toBeGreaterThan(0);
    for (const port of ports) await expect.poll(() => isGone(port), { timeout: 10_000 }).toBe(true);
  }, 120_000);
});
