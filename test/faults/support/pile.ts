import { createHealth, type Check } from "probekit";
import { expect } from "vitest";
import { settle } from "../../support/fake-clock.js";
import type { Proxy } from "./proxy.js";

/** How long a server stays dark, in runs, and how many connections it may be asked for meanwhile. */
export interface Darkness {
  readonly runs?: number;
  readonly timeoutMs?: number;
  /** @default 1: the one that was given up is replaced */
  readonly connections?: number;
}

/**
 * Runs a check over and over against a server that has gone dark, and asserts that each run times out, that all of them
 * together ask for so many new connections at most, and that the check is ok when the server is back.
 */
export const assertNoPile = async (check: Check, proxy: Proxy, { runs = 30, timeoutMs = 40, connections = 1 }: Darkness = {}): Promise<void> => {
  const health = createHealth({ logger: false, deadlineMs: 10_000 });
  health.register("dependency", check, { cacheMs: 0, errorCacheMs: 0, timeoutMs });
  const run = async () => {
    await settle();
    const report = await health.report("ready");
    return report.checks["dependency"];
  };
  const becomesOk = () => expect.poll(async () => (await run())?.status, { timeout: 10_000 }).toBe("ok");
  await becomesOk();
  const accepted = proxy.accepted;
  proxy.darken();
  for (let turn = 0; turn < runs; turn++) expect(await run()).toMatchObject({ status: "error", reason: "timeout" });
  expect(proxy.accepted - accepted).toBeLessThanOrEqual(connections);
  await proxy.heal();
  await becomesOk();
  await health.close();
};
