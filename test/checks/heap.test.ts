import { getHeapStatistics } from "node:v8";
import { heapCheck } from "probekit/checks/heap";
import { runCheck } from "probekit/testing";
import { describe, expect, it } from "vitest";
import { thrown } from "./support/thrown.js";

describe("heapCheck", () => {
  it("compares the heap with its limit", async () => {
    const { status, data } = await runCheck(heapCheck());
    const { usedBytes, limitBytes, used } = data as Record<"usedBytes" | "limitBytes" | "used", number>;
    expect([status, limitBytes]).toEqual(["ok", getHeapStatistics().heap_size_limit]);
    expect(used).toBe(Number((usedBytes / limitBytes).toFixed(4)));
  });

  it("warns from warnAt on, and is an error only from errorAt on", async () => {
    const said = await runCheck(heapCheck({ warnAt: 1e-6 }));
    expect(said).toMatchObject({ status: "warn", message: expect.stringMatching(/^the heap is at [\d.]+ % of its limit$/) });
    expect(await runCheck(heapCheck({ errorAt: 1e-6 }))).toMatchObject({ status: "error", reason: "failed" });
  });

  it("refuses what it does not know", () => {
    expect(thrown(() => heapCheck({ warnAt: 90 })).message).toBe("warnAt must be a fraction over 0, at most 1; got 90");
    expect(thrown(() => heapCheck({ warnAt: 0.9, errorAt: 0.8 })).message).toBe("errorAt must be at least warnAt; got 0.8 and 0.9");
    expect(thrown(() => heapCheck({ limit: 1 } as never)).code).toBe("unknown-option");
  });
});
