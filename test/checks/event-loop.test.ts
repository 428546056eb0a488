import { setTimeout as delay } from "node:timers/promises";
import type { CheckVerdict } from "probekit";
import { eventLoopCheck, type EventLoopCheckOptions } from "probekit/checks/event-loop";
import { afterEach, describe, expect, it, vi } from "vitest";
import { thrown } from "./support/thrown.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Keeps the event loop from turning. */
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

interface Data {
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly utilization: number;
  readonly windowMs: number;
}

/** A check that measures already; each call is a run. */
const measuring = async (options?: EventLoopCheckOptions) => {
  const check = eventLoopCheck(options);
  const run = (): CheckVerdict & { data: Data } => check({ name: "loop", signal: new AbortController().signal }) as CheckVerdict & { data: Data };
  run();
  await delay(30); // The sampling's first turns.
  run();
  return run;
};

describe("eventLoopCheck", () => {
  it("begins to measure with its first run", () => {
    expect(eventLoopCheck()({ name: "loop", signal: new AbortController().signal })).toEqual({ status: "ok", data: { windowMs: 0 } });
  });

  it("is ok while the loop turns", async () => {
    const run = await measuring({ warnAtMs: 5000 });
    await delay(100);
    const { status, data } = run();
    expect([status, Object.keys(data)]).toEqual(["ok", ["p99Ms", "maxMs", "utilization", "windowMs"]]);
    expect(data.windowMs).toBeGreaterThanOrEqual(99);
    expect(data.p99Ms).toBeLessThan(data.windowMs);
    expect(data.maxMs).toBeGreaterThanOrEqual(data.p99Ms);
  });

  it("warns of a loop that is still blocked when it runs", async () => {
    const run = await measuring({ warnAtMs: 200 });
    block(300);
    const { status, message, data } = run();
    expect([status, message]).toEqual(["warn", `the event loop was late by ${Math.floor(data.p99Ms)} ms (99th percentile)`]);
    expect(data.p99Ms).toBeGreaterThanOrEqual(250);
    expect(data.p99Ms).toBeLessThanOrEqual(data.maxMs);
  });

  it("warns of a block right after its last run, before any sample", async () => {
    const run = await measuring({ warnAtMs: 200 });
    block(300);
    await delay(50);
    expect(run()).toMatchObject({ status: "warn" });
  });

  it("warns of a block that lies in the middle, once", async () => {
    const run = await measuring({ warnAtMs: 200 });
    await delay(50);
    block(300);
    await delay(50);
    expect(run()).toMatchObject({ status: "warn" });
    await expect.poll(() => run().status).toBe("ok");
  });

  it("does not lose one long block among many short samples", async () => {
    const run = await measuring({ warnAtMs: 200 });
    block(300);
    await delay(1500);
    const { status, data } = run();
    expect(status).toBe("warn");
    expect(data.windowMs).toBeGreaterThanOrEqual(1799);
  });

  it("is an error only from errorAtMs on", async () => {
    const lenient = await measuring({ warnAtMs: 10 });
    const strict = await measuring({ errorAtMs: 60 });
    block(200);
    expect([lenient().status, strict().status]).toEqual(["warn", "error"]);
  });

  it("tells how busy the loop was, and judges that where it is asked to", async () => {
    const silent = await measuring({ warnAtMs: 5000 });
    const warning = await measuring({ warnAtMs: 5000, utilizationWarnAt: 0.6 });
    const failing = await measuring({ warnAtMs: 5000, utilizationErrorAt: 0.6 });
    block(300);
    const said = [silent(), warning(), failing()];
    expect(said.map(({ status }) => status)).toEqual(["ok", "warn", "error"]);
    expect(said[1]?.message).toMatch(/^the event loop was busy for [\d.]+ % of the time$/);
    expect(said[0]?.data.utilization).toBeGreaterThan(0.6);
  });

  it("judges no window that is shorter than 100 ms by how busy the loop was in it: that is the run's own work", async () => {
    const run = await measuring({ warnAtMs: 5000, utilizationErrorAt: 0.1 });
    vi.spyOn(performance, "eventLoopUtilization").mockReturnValue({ idle: 0, active: 5, utilization: 1 });
    expect(run()).toMatchObject({ status: "ok", data: { utilization: 1 } });
    block(110);
    expect(run()).toMatchObject({ status: "error", data: { utilization: 1 } });
  });

  it("has figures, never NaN, for a window without a sample", async () => {
    const run = await measuring();
    run();
    const { data } = run();
    expect([data.p99Ms, data.maxMs, data.utilization].every(Number.isFinite)).toBe(true);
    expect(data.p99Ms).toBe(0);
  });

  it("was not busy before the loop started", async () => {
    const run = await measuring({ utilizationErrorAt: 0.1 });
    vi.spyOn(performance, "eventLoopUtilization").mockReturnValue({ idle: 0, active: 0, utilization: 0 });
    expect(run()).toMatchObject({ status: "ok", data: { utilization: 0 } });
  });

  it("keeps a window of its own for each check", async () => {
    const [one, other] = [await measuring({ warnAtMs: 200 }), await measuring({ warnAtMs: 200 })];
    block(300);
    expect([one().status, other().status]).toEqual(["warn", "warn"]);
  });

  it("refuses what it does not know", () => {
    expect(thrown(() => eventLoopCheck({ warnAt: 5 } as never))).toEqual({
      code: "unknown-option",
      message: 'eventLoopCheck has no option "warnAt"; it has warnAtMs, errorAtMs, utilizationWarnAt, utilizationErrorAt',
    });
    expect(thrown(() => eventLoopCheck({ warnAtMs: 0 })).message).toBe("warnAtMs must be a number of milliseconds from 1 to 2147483647; got 0");
    expect(thrown(() => eventLoopCheck({ warnAtMs: 50, errorAtMs: 40 })).message).toBe("errorAtMs must be at least warnAtMs; got 40 and 50");
    expect(thrown(() => eventLoopCheck({ utilizationWarnAt: 98 })).message).toBe("utilizationWarnAt must be a fraction over 0, at most 1; got 98");
  });
});
