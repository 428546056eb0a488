import { channel } from "node:diagnostics_channel";
import type { ChangeEvent, LifecycleEvent, ResultEvent } from "probekit";
import { describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { hung, scripted, testHealth } from "../support/scripted.js";

/** A health that keeps every event. */
const watched = (options = {}) => {
  const made = testHealth(options);
  const [changes, results, moves]: [ChangeEvent[], ResultEvent[], LifecycleEvent[]] = [[], [], []];
  made.health.on("change", (event) => changes.push(event));
  made.health.on("result", (event) => results.push(event));
  made.health.on("lifecycle", (event) => moves.push(event));
  return { ...made, changes, results, moves };
};

const background = { intervalMs: 1000, timeoutMs: 500, staleAfterMs: 3000 } as const;

describe("a background result that goes stale", () => {
  /** One that was ok once, and whose next run waits for a place that a hung check holds. */
  const starved = async () => {
    const made = watched({ maxConcurrency: 1 });
    const { check, runs, settle: answer } = scripted();
    made.health.register("db", check, background);
    answer(true);
    await settle();
    made.health.register("hog", () => new Promise(() => {}), { probes: [], intervalMs: 10_000, timeoutMs: 9000 });
    return { ...made, runs, answer };
  };

  it("is told once, at its boundary, with the time it was ok", async () => {
    const { clock, changes, health } = await starved();
    changes.splice(0);
    await clock.advance(3000);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "ok" });
    expect(changes).toEqual([]);
    await clock.advance(1);
    const since = new Date(clock.wallNow() - 1).toISOString();
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "error", reason: "stale", since });
    expect(changes).toEqual([{ name: "db", status: "error", previousStatus: "ok", reason: "stale", lastedMs: 3000, failures: 0 }]);
    health.snapshot("ready");
    expect(changes).toHaveLength(1);
  });

  it("is told though nobody probes", async () => {
    const { clock, changes, log } = await starved();
    changes.splice(0);
    await clock.advance(6000);
    expect(changes.map(({ name, reason }) => [name, reason])).toEqual([["db", "stale"]]);
    expect(log.filter(({ check, status }) => check === "db" && status === "error")).toMatchObject([{ level: "error", message: 'check "db" is error (stale: no result for more than 3000 ms); it was ok for 3.0 s' }]);
  });

  it("is over with the next result, and no failed run is counted", async () => {
    const { clock, changes, answer, health } = await starved();
    await clock.advance(8000);
    changes.splice(0);
    health.unregister("hog");
    await settle();
    answer(true);
    await settle();
    expect(changes).toMatchObject([{ name: "db", status: "ok", previousStatus: "error", failures: 0 }]);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "ok" });
  });

  it("lets the first run after it decide at once, whatever the threshold", async () => {
    const { clock, health } = watched({ maxConcurrency: 1 });
    let says = true;
    health.register("db", () => says, { ...background, failureThreshold: 3 });
    health.register("hog", () => new Promise(() => {}), { probes: [], intervalMs: 10_000, timeoutMs: 9000 });
    await clock.advance(5000);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ reason: "stale" });
    says = false;
    health.unregister("hog");
    await settle();
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "error", reason: "failed" });
  });
});

describe("pause", () => {
  it("aborts the run, starts no other, and counts the check as skipped", async () => {
    const { clock, health, changes } = watched();
    const { check, runs, settle: answer } = scripted();
    health.register("db", check, background);
    answer(true);
    await settle();
    await clock.advance(1200);
    expect(runs).toHaveLength(2);
    const { signal } = runs[1]!;
    changes.splice(0);
    expect(health.pause("db")).toBe(true);
    expect(signal.aborted).toBe(true);
    await clock.advance(60_000);
    expect(runs).toHaveLength(2);
    expect(health.snapshot("ready")).toMatchObject({ status: "healthy", checks: { db: { status: "skipped", reason: "disabled" } } });
    expect(changes).toMatchObject([{ name: "db", status: "skipped", previousStatus: "ok", reason: "disabled" }]);
    expect(clock.armed).toBe(0);
  });

  it("keeps a check that probes run from being run by them", async () => {
    const { clock, health } = watched();
    let runs = 0;
    health.register("db", () => void (runs += 1));
    health.pause("db");
    expect(await health.report("ready")).toMatchObject({ status: "healthy", checks: { db: { status: "skipped", reason: "disabled" } } });
    await clock.advance(5000);
    await health.report("ready");
    expect(runs).toBe(0);
  });

  it("lets a report that waits for the run conclude at once", async () => {
    const { health } = watched();
    health.register("db", hung().check);
    const report = health.report("ready");
    health.pause("db");
    expect(await report).toMatchObject({ status: "healthy", checks: { db: { status: "skipped" } } });
  });

  it("says whether the check is there, and twice is once", () => {
    const { health, changes } = watched();
    health.register("db", () => true, background);
    expect([health.pause("nothing"), health.resume("nothing")]).toEqual([false, false]);
    changes.splice(0);
    expect([health.pause("db"), health.pause("db"), changes.length]).toEqual([true, true, 1]);
  });

  it("hears nothing of a run that settles after it", async () => {
    const { health } = watched();
    const { check, settle: answer } = scripted();
    health.register("db", check, background);
    health.pause("db");
    answer(false);
    await settle();
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "skipped" });
  });

  it("frees the place that the run held", async () => {
    const { health } = watched({ maxConcurrency: 1 });
    const other = scripted();
    health.register("db", hung().check, background);
    health.register("queue", other.check, background);
    expect(other.runs).toHaveLength(0);
    health.pause("db");
    expect(other.runs).toHaveLength(1);
  });

  it("may come from a listener of the very result", async () => {
    const { clock, health } = watched();
    let runs = 0;
    health.on("result", ({ name }) => void health.pause(name));
    health.register("db", () => void (runs += 1), background);
    await clock.advance(10_000);
    expect(runs).toBe(1);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "skipped" });
  });
});

describe("resume", () => {
  it("runs a background check at once; until its first result it stays skipped", async () => {
    const { clock, health } = watched();
    const { check, runs, settle: answer } = scripted();
    health.register("db", check, { ...background, failureThreshold: 3 });
    answer(true);
    await settle();
    health.pause("db");
    await clock.advance(100_000);
    expect(health.resume("db")).toBe(true);
    expect(runs).toHaveLength(2);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "skipped", reason: "disabled" });
    answer(false);
    await settle();
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "error", reason: "failed", failures: 1 });
    await clock.advance(1100);
    expect(runs).toHaveLength(3);
  });

  it("lets the next probe run any other check", async () => {
    const { health } = watched();
    let runs = 0;
    health.register("db", () => void (runs += 1));
    health.pause("db");
    health.resume("db");
    expect(await health.report("ready")).toMatchObject({ checks: { db: { status: "ok" } } });
    expect(runs).toBe(1);
    expect(health.resume("db")).toBe(true);
  });

  it("starts nothing once the health is closed", async () => {
    const { clock, health } = watched();
    let runs = 0;
    health.register("db", () => void (runs += 1), background);
    health.pause("db");
    await health.close();
    health.resume("db");
    await clock.advance(10_000);
    expect([runs, clock.armed]).toEqual([1, 0]);
  });
});

describe('the event "result"', () => {
  it("tells each run's own outcome and time, whatever a threshold holds", async () => {
    const { clock, health, results } = watched();
    const { check, settle: answer } = scripted();
    health.register("db", check, { ...background, failureThreshold: 3 });
    await clock.advance(20);
    answer({ status: "ok", data: { lag: 1 } });
    await clock.advance(1100);
    answer({ status: "error", message: "lost" });
    await settle();
    expect(results).toMatchObject([
      { name: "db", status: "ok", latencyMs: 20, data: { lag: 1 } },
      { name: "db", status: "error", reason: "failed", message: "lost" },
    ]);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "ok" });
  });

  it("tells a timeout once, however long the run hangs on", async () => {
    const { clock, health, results } = watched();
    health.register("db", hung().check, background);
    await clock.advance(4000);
    expect(results).toEqual([{ name: "db", status: "error", reason: "timeout", latencyMs: 500, message: 'check "db" timed out after 500 ms' }]);
  });

  it("is frozen, and a listener that throws is logged and harms nobody", async () => {
    const { health, results, log } = watched();
    health.on("result", (event) => {
      (event as { status: string }).status = "ok";
    });
    health.register("db", () => false);
    await health.report("ready");
    expect(results).toEqual([{ name: "db", status: "error", reason: "failed", latencyMs: 0 }]);
    expect(log.filter(({ event }) => event === "problem")).toMatchObject([{ message: 'a listener of "result" failed', check: "db" }]);
  });
});

describe('the event "lifecycle"', () => {
  it("tells each move once: starting, running, draining, closed", async () => {
    const { health, moves, log } = watched();
    const { check, settle: answer } = scripted();
    health.register("migrations", check, { probes: ["startup"] });
    const report = health.report("startup");
    answer(true);
    await report;
    await health.report("startup");
    health.drain();
    health.drain();
    await health.close();
    await health.close();
    expect(moves).toEqual([
      { previousLifecycle: "running", lifecycle: "starting" },
      { previousLifecycle: "starting", lifecycle: "running" },
      { previousLifecycle: "running", lifecycle: "draining" },
      { previousLifecycle: "draining", lifecycle: "closed" },
    ]);
    expect(log.filter(({ event }) => event === "lifecycle").map(({ message }) => message)).toEqual([
      "starting: ready is unhealthy until startup has passed",
      "running: startup has passed",
      "draining: ready is unhealthy from now on",
    ]);
  });

  it("tells that a manual start was marked", () => {
    const { health, moves } = watched({ startup: "manual" });
    health.markStarted();
    health.markStarted();
    expect(moves).toEqual([{ previousLifecycle: "starting", lifecycle: "running" }]);
  });
});

describe("the log of a check that goes on failing", () => {
  it("is reminded every five minutes, no sooner, with how long it has lasted", async () => {
    const { clock, health, log } = watched({ service: "orders" });
    let error: Error | undefined = new Error("refused");
    const check = () => {
      if (error) throw error;
    };
    health.register("db", check, { intervalMs: 10_000, timeoutMs: 500 });
    await clock.advance(14 * 60_000);
    const reminders = log.filter(({ event }) => event === "reminder");
    expect(reminders).toHaveLength(2);
    expect(reminders[0]).toMatchObject({ level: "error", check: "db", status: "error", error: { message: "refused" } });
    expect(reminders[0]!.message).toMatch(/^check "db" is still error \(failed: refused\), for 3\d\d\.\d s and \d+ failed runs$/);
    expect(reminders[0]!.lastedMs).toBeGreaterThanOrEqual(300_000);
    error = undefined;
    await clock.advance(15_000);
    expect(log.at(-1)).toMatchObject({ event: "change", status: "ok", level: "info" });
    expect(log.at(-1)!.message).toMatch(/^check "db" is ok; it was error for 8\d\d\.\d s, after \d+ failed runs$/);
    await clock.advance(15 * 60_000);
    expect(log.filter(({ event }) => event === "reminder")).toHaveLength(2);
  });

  it("is reminded of a run that hangs on, too", async () => {
    const { clock, health, log } = watched();
    health.register("db", hung().check, background);
    await clock.advance(301_000);
    expect(log.filter(({ event }) => event === "reminder")).toHaveLength(1);
  });

  it("is left alone while the service drains", async () => {
    const { clock, health, log } = watched();
    health.register("db", () => false, background);
    health.drain();
    await clock.advance(15 * 60_000);
    expect(log.filter(({ event }) => event === "reminder")).toEqual([]);
  });
});

describe("node:diagnostics_channel", () => {
  it("is told each change and each run, with the service's name", async () => {
    const told: [string, unknown][] = [];
    const listeners = ["probekit:change", "probekit:run"].map((name) => {
      const listener = (message: unknown): number => told.push([name, message]);
      channel(name).subscribe(listener);
      return () => channel(name).unsubscribe(listener);
    });
    const { health } = testHealth({ service: "orders" });
    const error = new Error("refused");
    health.register("db", () => {
      throw error;
    });
    await health.report("ready");
    for (const stop of listeners) stop();
    await health.report("ready");
    expect(told).toEqual([
      ["probekit:run", { service: "orders", name: "db", status: "error", reason: "failed", latencyMs: 0, message: "refused", error: { name: "Error", message: "refused", stack: expect.any(String) } }],
      ["probekit:change", { service: "orders", name: "db", status: "error", previousStatus: "pending", reason: "failed", lastedMs: 0, failures: 1 }],
    ]);
  });
});

describe("a background check", () => {
  it("keeps its interval whatever it throws", async () => {
    const { clock, health } = testHealth();
    const startedAt: number[] = [];
    health.register("db", () => {
      startedAt.push(clock.now());
      if (startedAt.length % 2 === 0) return Promise.reject(new Error("later"));
      throw new Error("at once");
    }, background);
    for (let turn = 0; turn < 60; turn++) await clock.advance(100);
    expect(startedAt.length).toBeGreaterThanOrEqual(5);
    const gaps = startedAt.slice(1).map((at, index) => at - startedAt[index]!);
    expect(gaps.filter((gap) => gap < 900 || gap > 1100)).toEqual([]);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "error", reason: "failed", failures: startedAt.length });
  });

  it("shows the failing attempt and its count before its threshold is reached", async () => {
    const { clock, health } = testHealth();
    let isUp = true;
    health.register("db", () => ({ status: isUp ? "ok" : "error", message: isUp ? "fine" : "refused" }), { ...background, failureThreshold: 3 });
    isUp = false;
    await clock.advance(1100);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "ok", message: "refused", failures: 1, successes: 0 });
    await clock.advance(2200);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "error", reason: "failed", failures: 3 });
  });

  it("is probed by nobody: a thousand reports start no run", async () => {
    const { clock, health } = testHealth();
    let runs = 0;
    health.register("db", () => void (runs += 1), background);
    for (let probe = 0; probe < 1000; probe++) await health.report("ready");
    expect(runs).toBe(1);
    await clock.advance(1100);
    expect(runs).toBe(2);
  });

  it("of ten thousand shares one timer, and none is left when the health is closed", async () => {
    const { clock, health } = testHealth();
    for (let index = 0; index < 10_000; index++) health.register(`c${index}`, () => true, background);
    expect(clock.armed).toBe(1);
    await health.close();
    expect(clock.armed).toBe(0);
  });
});
