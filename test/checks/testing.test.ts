import { createHealth } from "probekit";
import { fakeClock, runCheck } from "probekit/testing";
import { describe, expect, it, vi } from "vitest";
import { thrown } from "./support/thrown.js";

describe("runCheck", () => {
  it("tells what one run said", async () => {
    const latencyMs = expect.any(Number);
    expect(await runCheck(() => true)).toEqual({ status: "ok", latencyMs });
    expect(await runCheck(() => false)).toEqual({ status: "error", reason: "failed", latencyMs });
    expect(await runCheck(async () => ({ status: "warn", message: "long", data: { depth: 5 } }))).toEqual({ status: "warn", reason: "failed", message: "long", data: { depth: 5 }, latencyMs });
    expect(await runCheck(() => 5 as never)).toMatchObject({ status: "error", reason: "invalid-result" });
    expect(await runCheck(() => Promise.reject(new Error("redis://:secret@host is down")))).toMatchObject({ status: "error", message: expect.not.stringContaining("secret") });
  });

  it("calls the check with a name and a timeout", async () => {
    const { data } = await runCheck(({ name, timeoutMs }) => ({ status: "ok", data: { name, timeoutMs } }), { name: "queue", timeoutMs: 50 });
    expect([data, (await runCheck(({ name, timeoutMs }) => ({ status: "ok", data: [name, timeoutMs] }))).data]).toEqual([{ name: "queue", timeoutMs: 50 }, ["check", 500]]);
  });

  it("gives a run up when its timeout passes, and aborts its signal", async () => {
    let reason: unknown;
    const hung = ({ signal }: { signal: AbortSignal }): Promise<never> =>
      new Promise(() => signal.addEventListener("abort", () => {
        reason = signal.reason;
      }));
    expect(await runCheck(hung, { timeoutMs: 20 })).toMatchObject({ status: "error", reason: "timeout" });
    expect(reason).toMatchObject({ name: "TimeoutError" });
  });

  it("ends early with its signal, before or while it runs", async () => {
    const controller = new AbortController();
    const reasons: unknown[] = [];
    const hung = ({ signal }: { signal: AbortSignal }): Promise<never> =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => {
        reasons.push(signal.reason);
        reject(signal.reason as Error);
      }));
    const running = runCheck(hung, { signal: controller.signal, timeoutMs: 60_000 });
    controller.abort();
    expect(await running).toEqual({ status: "pending", reason: "not-run" });
    expect(await runCheck(hung, { signal: controller.signal, timeoutMs: 60_000 })).toEqual({ status: "pending", reason: "not-run" });
    expect(reasons).toMatchObject([{ name: "AbortError" }, { name: "AbortError" }]);
  });

  it("rejects what no health would take", async () => {
    await expect(runCheck("check" as never)).rejects.toMatchObject({ code: "invalid-check" });
    await expect(runCheck(() => true, { timeoutMs: 0 })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(runCheck(() => true, { name: "a b" })).rejects.toMatchObject({ code: "invalid-name" });
    await expect(runCheck(() => true, { timeout: 5 } as never)).rejects.toMatchObject({ code: "unknown-option", message: expect.stringContaining("runCheck has no option \"timeout\"") });
    await expect(runCheck(() => true, null as never)).rejects.toMatchObject({ code: "invalid-option" });
    await expect(runCheck(() => true, { signal: {} as never })).rejects.toMatchObject({ code: "invalid-option", message: "signal must be an AbortSignal; got an object" });
  });
});

describe("fakeClock", () => {
  it("stands still until it goes on, and fires what falls due in order", async () => {
    const clock = fakeClock();
    const fired: string[] = [];
    clock.setTimeout(() => fired.push(`late at ${clock.now()}`), 20);
    clock.setTimeout(() => fired.push(`early at ${clock.now()}`), 10);
    clock.setTimeout(() => fired.push(`too at ${clock.now()}`), 10);
    const gone = clock.setTimeout(() => fired.push("never"), 5);
    clock.clearTimeout(gone);
    expect([clock.now(), clock.armed]).toEqual([0, 3]);
    await clock.advance(15);
    expect([fired, clock.now(), clock.armed]).toEqual([["early at 10", "too at 10"], 15, 1]);
    await clock.advance(5);
    expect([fired.at(-1), clock.armed]).toEqual(["late at 20", 0]);
  });

  it("blocks without firing, and jumps without passing", async () => {
    const clock = fakeClock(1000);
    const fired: number[] = [];
    clock.setTimeout(() => fired.push(clock.now()), 10);
    clock.block(50);
    expect([fired, clock.now(), clock.wallNow()]).toEqual([[], 50, 1050]);
    clock.jumpWall(-500);
    await clock.advance(0);
    expect([fired, clock.now(), clock.wallNow()]).toEqual([[50], 50, 550]);
  });

  it("refuses a time that is none, which would stop it for good", async () => {
    const clock = fakeClock();
    for (const ms of [Number.NaN, Infinity, -1, undefined as never]) {
      await expect(clock.advance(ms)).rejects.toMatchObject({ code: "invalid-option", message: `advance takes a number of milliseconds from 0; got ${ms}` });
      expect(thrown(() => clock.block(ms))).toEqual({ code: "invalid-option", message: `block takes a number of milliseconds from 0; got ${ms}` });
    }
    expect(thrown(() => clock.jumpWall(Number.NaN))).toEqual({ code: "invalid-option", message: "jumpWall takes a number of milliseconds; got NaN" });
    expect(thrown(() => fakeClock(Number.NaN))).toEqual({ code: "invalid-option", message: "fakeClock takes a number of milliseconds; got NaN" });
    expect([clock.now(), clock.wallNow()]).toEqual([0, Date.UTC(2026, 0, 1)]);
  });

  it("goes on under a test runner's own fake timers", async () => {
    vi.useFakeTimers();
    try {
      const clock = fakeClock();
      const fired: number[] = [];
      clock.setTimeout(() => fired.push(clock.now()), 5);
      await clock.advance(5);
      expect(fired).toEqual([5]);
    } finally {
      vi.useRealTimers();
    }
  });

  it("drives a health", async () => {
    const clock = fakeClock();
    let runs = 0;
    const health = createHealth({ clock, logger: false });
    health.register("queue", () => void (runs += 1), { intervalMs: 5000 });
    await clock.advance(0);
    await clock.advance(5500);
    expect([runs, health.snapshot("ready").status]).toEqual([2, "healthy"]);
    await health.close();
    expect(clock.armed).toBe(0);
  });
});
