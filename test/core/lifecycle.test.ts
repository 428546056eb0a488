import { describe, expect, it } from "vitest";
import { hung, scripted, testHealth } from "../support/scripted.js";

describe("aggregation", () => {
  it("without checks is healthy on every probe", async () => {
    const { health } = testHealth();
    for (const probe of ["live", "ready", "startup", undefined] as const) {
      expect(await health.report(probe)).toMatchObject({ status: "healthy", causes: [], checks: {}, lifecycle: "running" });
    }
  });

  it.each([
    ["ok", true, "healthy"],
    ["warn", true, "degraded"],
    ["warn", false, "degraded"],
    ["error", true, "unhealthy"],
    ["error", false, "degraded"],
  ] as const)("%s with critical %s is %s", async (status, critical, expected) => {
    const { health } = testHealth();
    health.register("good", () => true);
    health.register("db", () => ({ status }), { critical });
    const report = await health.report("ready");
    expect(report.status).toBe(expected);
    expect(report.causes).toEqual(expected === "healthy" ? [] : ["db"]);
  });

  it("lists every cause, whichever was worst", async () => {
    const { health } = testHealth();
    health.register("a", () => false, { critical: false });
    health.register("b", () => false);
    health.register("c", () => ({ status: "warn" }));
    health.register("d", () => true);
    expect(await health.report("ready")).toMatchObject({ status: "unhealthy", causes: ["a", "b", "c"] });
  });

  it.each([
    ["ready", true, "unhealthy"],
    ["ready", false, "degraded"],
    ["startup", true, "unhealthy"],
    ["live", true, "healthy"],
    ["live", false, "healthy"],
  ] as const)("a check that never ran in %s with critical %s: %s", (probe, critical, expected) => {
    const { health } = testHealth();
    health.register("db", () => true, { probes: [probe], critical });
    expect(health.snapshot(probe)).toMatchObject({ status: expected, checks: { db: { status: "pending", reason: "not-run" } } });
  });

  it("of everything goes by ready, and shows informational and live checks too", async () => {
    const { health } = testHealth();
    health.register("info", () => false, { probes: [] });
    health.register("loop", () => false, { probes: ["live"] });
    health.register("db", () => true);
    const report = await health.report();
    expect(report).toMatchObject({ status: "healthy", causes: [] });
    expect(report).not.toHaveProperty("probe");
    expect(Object.keys(report.checks)).toEqual(["info", "loop", "db"]);
    expect(Object.keys((await health.report("ready")).checks)).toEqual(["db"]);
  });
});

describe("probes", () => {
  it("live holds no check that does not name it", async () => {
    const { health } = testHealth();
    health.register("db", () => false);
    expect(await health.report("live")).toMatchObject({ status: "healthy", checks: {} });
    expect((await health.report("ready")).status).toBe("unhealthy");
  });

  it("a failing live check leaves ready alone", async () => {
    const { health } = testHealth();
    health.register("loop", () => false, { probes: ["live"] });
    expect((await health.report("live")).status).toBe("unhealthy");
    expect((await health.report("ready")).status).toBe("healthy");
  });
});

describe("startup", () => {
  it("holds ready back until a startup report is not unhealthy", async () => {
    const { health, clock } = testHealth();
    let done = false;
    health.register("migrations", () => done, { probes: ["startup"] });
    health.register("db", () => true);
    expect(health.snapshot("ready")).toMatchObject({ status: "unhealthy", lifecycle: "starting" });
    const ready = await health.report("ready");
    expect(ready).toMatchObject({ status: "unhealthy", lifecycle: "starting", causes: [] });
    expect(Object.keys(ready.checks)).toEqual(["db"]);
    expect(await health.report("live")).toMatchObject({ status: "healthy", lifecycle: "starting" });
    done = true;
    await clock.advance(250);
    expect(await health.report("startup")).toMatchObject({ status: "healthy", lifecycle: "running" });
    expect(await health.report("ready")).toMatchObject({ status: "healthy", lifecycle: "running" });
  });

  it.each(["ready", undefined] as const)("passes through a report of %s too, in that same report", async (probe) => {
    const { health } = testHealth();
    health.register("migrations", () => true, { probes: ["startup"] });
    expect(await health.report(probe)).toMatchObject({ status: "healthy", lifecycle: "running" });
  });

  it("does not pass through live or a snapshot", async () => {
    const { health } = testHealth();
    health.register("migrations", () => true, { probes: ["startup", "live"] });
    await health.report("live");
    expect(health.snapshot("ready")).toMatchObject({ lifecycle: "starting" });
  });

  it("latches: nothing runs a check that is startup's alone any more", async () => {
    const { health, clock } = testHealth();
    let runs = 0;
    health.register("migrations", () => ++runs === 1, { probes: ["startup"] });
    await health.report("startup");
    await clock.advance(60_000);
    expect(await health.report("startup")).toMatchObject({ status: "healthy", causes: [], checks: { migrations: { status: "ok" } } });
    await health.report("ready");
    await health.report();
    expect(runs).toBe(1);
  });

  it("stays healthy though a check that it shares with ready fails", async () => {
    const { health, clock } = testHealth();
    let up = true;
    health.register("db", () => up, { probes: ["startup", "ready"] });
    await health.report("startup");
    up = false;
    await clock.advance(1000);
    expect((await health.report("ready")).status).toBe("unhealthy");
    expect(await health.report("startup")).toMatchObject({ status: "healthy", causes: [] });
  });

  it("stops the background runs of its own checks when it latches", async () => {
    const { health, clock } = testHealth();
    let runs = 0;
    health.register("migrations", () => ++runs > 0, { probes: ["startup"], intervalMs: 1000 });
    expect((await health.report("startup")).status).toBe("healthy");
    await clock.advance(10_000);
    expect(runs).toBe(1);
    expect(clock.armed).toBe(0);
  });

  it("passes with a degraded report", async () => {
    const { health } = testHealth();
    health.register("cache", () => false, { probes: ["startup"], critical: false });
    expect(await health.report("ready")).toMatchObject({ lifecycle: "running" });
  });

  it("without a check is running, yet nothing has latched", async () => {
    const { health } = testHealth();
    expect(await health.report("startup")).toMatchObject({ status: "healthy", lifecycle: "running" });
    health.register("late", () => false, { probes: ["startup"] });
    expect(await health.report("ready")).toMatchObject({ status: "unhealthy", lifecycle: "starting" });
  });

  it("decides nothing by a check that is registered after it latched, and says so in the log", async () => {
    const { health, log } = testHealth();
    health.register("migrations", () => true, { probes: ["startup"] });
    await health.report("startup");
    health.register("late", () => false, { probes: ["startup"] });
    expect(await health.report("startup")).toMatchObject({ status: "healthy", causes: [], checks: { late: { status: "pending" } } });
    expect(await health.report("ready")).toMatchObject({ status: "healthy" });
    expect(log.filter(({ event, check }) => event === "problem" && check === "late").length).toBe(1);
  });

  it("in manual mode waits for markStarted as well", async () => {
    const { health, log } = testHealth({ startup: "manual" });
    expect(await health.report("startup")).toMatchObject({ status: "unhealthy", lifecycle: "starting" });
    expect(await health.report("ready")).toMatchObject({ status: "unhealthy", lifecycle: "starting" });
    expect(await health.report("live")).toMatchObject({ status: "healthy" });
    health.markStarted();
    health.markStarted();
    expect(await health.report("ready")).toMatchObject({ status: "healthy", lifecycle: "running" });
    expect(await health.report("startup")).toMatchObject({ status: "healthy" });
    expect(log.filter(({ event }) => event === "lifecycle").length).toBe(1);
  });

  it("in manual mode waits for its checks after markStarted", async () => {
    const { health, clock } = testHealth({ startup: "manual" });
    let done = false;
    health.register("migrations", () => done, { probes: ["startup"] });
    health.markStarted();
    expect(await health.report("startup")).toMatchObject({ status: "unhealthy", causes: ["migrations"], lifecycle: "starting" });
    done = true;
    await clock.advance(250);
    expect(await health.report("startup")).toMatchObject({ status: "healthy", lifecycle: "running" });
  });

  it("in auto mode makes nothing of markStarted, and says so", async () => {
    const { health, log } = testHealth();
    health.register("migrations", () => false, { probes: ["startup"] });
    health.markStarted();
    expect(await health.report("ready")).toMatchObject({ lifecycle: "starting" });
    expect(log.filter(({ event }) => event === "problem").length).toBe(1);
  });

  it("does not pass by a check that is still pending at the deadline", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 1 });
    health.register("slow", hung().check, { timeoutMs: 700 });
    health.register("slower", hung().check, { timeoutMs: 700 });
    health.register("migrations", () => true, { probes: ["startup"] });
    const report = health.report("ready");
    await clock.advance(750);
    expect(await report).toMatchObject({ status: "unhealthy", lifecycle: "starting" });
  });
});

describe("drain", () => {
  it("makes ready unhealthy for good, live and startup stay", async () => {
    const { health, clock } = testHealth();
    health.register("db", () => true, { probes: ["live", "ready", "startup"] });
    await health.report("ready");
    health.drain();
    expect(await health.report("ready")).toMatchObject({ status: "unhealthy", lifecycle: "draining", causes: [] });
    expect(await health.report()).toMatchObject({ status: "unhealthy", lifecycle: "draining" });
    await clock.advance(5000);
    health.register("new", () => true);
    health.markStarted();
    expect((await health.report("ready")).status).toBe("unhealthy");
    expect((await health.report("live")).status).toBe("healthy");
    expect((await health.report("startup")).status).toBe("healthy");
  });

  it("reaches a report that was under way", async () => {
    const { health } = testHealth();
    const { check, settle } = scripted();
    health.register("db", check);
    const report = health.report("ready");
    health.drain();
    settle(true);
    expect(await report).toMatchObject({ status: "unhealthy", lifecycle: "draining", checks: { db: { status: "ok" } } });
  });

  it("keeps the checks running, and their failures are no errors in the log", async () => {
    const { health, clock, log } = testHealth();
    let up = true;
    health.register("db", () => up);
    await health.report("ready");
    health.drain();
    health.drain();
    up = false;
    await clock.advance(1000);
    expect((await health.report("ready")).checks["db"]?.status).toBe("error");
    expect(log.map(({ level, event }) => `${level} ${event}`)).toEqual(["debug change", "info lifecycle", "info change"]);
  });
});

describe("close", () => {
  it("aborts runs, stops timers, releases reports and only reads afterwards", async () => {
    const { health, clock } = testHealth();
    const slow = hung();
    let runs = 0;
    health.register("slow", slow.check);
    health.register("quick", () => ++runs > 0);
    health.register("queue", hung().check, { intervalMs: 1000 });
    const report = health.report("ready");
    const { signal } = slow.runs[0]!;
    await health.close();
    await health.close();
    expect(signal.reason).toMatchObject({ name: "AbortError" });
    expect(await report).toMatchObject({ status: "unhealthy", lifecycle: "closed" });
    expect(clock.armed).toBe(0);
    await clock.advance(10_000);
    expect(await health.report("ready")).toMatchObject({
      lifecycle: "closed",
      checks: { slow: { status: "pending" }, quick: { status: "ok" } },
    });
    health.register("late", () => ++runs > 0, { intervalMs: 10 });
    await health.report();
    expect(runs).toBe(1);
    expect(clock.armed).toBe(0);
  });
});

describe("a report", () => {
  it("belongs to whoever asked for it: changing it changes no other", async () => {
    const { health } = testHealth({ service: "orders", version: "1" });
    health.register("db", () => ({ status: "ok", data: { pool: [1] } }));
    const first = await health.report("ready");
    (first as { status: string }).status = "broken";
    expect(() => ((first.checks["db"] as { status: string }).status = "broken")).toThrow(TypeError);
    expect(() => (first.causes as string[]).push("x")).toThrow(TypeError);
    expect(await health.report("ready")).toMatchObject({ status: "healthy", checks: { db: { status: "ok", data: { pool: [1] } } } });
  });

  it("says what it is about", async () => {
    const { health } = testHealth({ service: "orders", version: "2.1.0" });
    const { uptime, ...rest } = await health.report("ready");
    expect(rest).toEqual({
      status: "healthy", probe: "ready", timestamp: "2026-11-24T10:00:00.000Z", service: "orders", version: "2.1.0",
      lifecycle: "running", causes: [], checks: {},
    });
    expect(uptime).toBeGreaterThan(0);
    expect(uptime).toBeLessThanOrEqual(process.uptime());
  });
});
