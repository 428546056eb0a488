import { existsSync } from "node:fs";
import type { Health } from "probekit";
import { describe, expect, it } from "vitest";
import { pageOf } from "./support/snippets.js";

describe("docs/writing-a-check.md", () => {
  const page = pageOf("docs/writing-a-check.md");

  it("names every snippet", () => {
    expect(page.names).toEqual(["queue.ts", "smallest.ts", "signal.ts", "queue-check.ts", "register.ts", "queue-check-test.ts"]);
    expect(page.count).toBe(page.names.length);
  });

  it("has snippets that pass the types", async () => {
    expect(await page.compile()).toBe("");
  }, 120_000);

  it.each(page.names)("has a snippet that runs: %s", async (name) => {
    await page.load(name);
  });

  it("registers checks that are well", async () => {
    const { health } = (await page.load("register.ts")) as { health: Health };
    await expect.poll(async () => (await health.report()).checks["queue.backlog"]?.status).toBe("ok");
    expect(await health.report("ready")).toMatchObject({ status: "healthy", checks: { queue: { status: "ok", data: { depth: 12 } } } });
    await health.close();
  });

  it("has links that lead somewhere", () => {
    expect(page.links.length).toBeGreaterThan(0);
    expect(page.links.filter((link) => !existsSync(link))).toEqual([]);
  });
});
