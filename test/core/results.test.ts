import { describe, expect, it } from "vitest";
import { hung, scripted, testHealth } from "../support/scripted.js";

describe("single flight", () => {
  it("runs a check once for a thousand reports at once", async () => {
    const { health, clock } = testHealth();
    const { check, runs, settle } = scripted();
    health.register("db", check);
    const reports = Array.from({ length: 1000 }, () => health.report("ready"));
    await clock.advance(50);
    settle(true);
    const statuses = new Set((await Promise.all(reports)).map(({ status }) => status));
    expect(runs.length).toBe(1);
    expect(statuses).toEqual(new Set(["healthy"]));
    expect(clock.armed).toBe(0);
  });

  it("is shared between probes", async () => {
    const { health } = testHealth();
    const { check, runs, settle } = scripted();
    health.register("db", check, { probes: ["live", "ready", "startup"] });
    const reports = [health.report("live"), health.report("ready"), health.report("startup"), health.report()];
    settle(true);
    expect((await Promise.all(reports)).map(({ status }) => status)).toEqual(["healthy", "healthy", "healthy", "healthy"]);
    expect(runs.length).toBe(1);
  });
});

describe("a result is reused", () => {
  it("for cacheMs when it is ok or warn, to the millisecond", async () => {
    const { health, clock } = testHealth();
    let runs = 0;
    health.register("db", () => {
      runs += 1;
      return { status: runs === 1 ? "ok" : "warn" };
    });
    await health.report("ready");
    await clock.advance(999);
    await health.report("ready");
    expect(runs).toBe(1);
    await clock.advance(1);
    await health.report("ready");
    expect(runs).toBe(2);
    await clock.advance(999);
    await health.report("ready");
    expect(runs).toBe(2);
  });

  it("for errorCacheMs when it is an error", async () => {
    const { health, clock } = testHealth();
    let runs = 0;
    health.register("db", () => ++runs > 1);
    await health.report("ready");
    await clock.advance(249);
    expect((await health.report("ready")).status).toBe("unhealthy");
    await clock.advance(1);
    expect((await health.report("ready")).status).toBe("healthy");
    expect(runs).toBe(2);
  });

  it("by the attempt's own outcome, not by the status that a threshold holds", async () => {
    const { health, clock } = testHealth();
    const outcomes = [true, false, false];
    let runs = 0;
    health.register("db", () => outcomes[runs++], { failureThreshold: 3 });
    await health.report("ready");
    await clock.advance(1000);
    expect((await health.report("ready")).checks["db"]).toMatchObject({ status: "ok", failures: 1 });
    await clock.advance(250);
    await health.report("ready");
    expect(runs).toBe(3);
  });

  it("not at all with cacheMs 0, but for those who wait together", async () => {
    const { health } = testHealth({ cacheMs: 0 });
    let runs = 0;
    health.register("db", () => ++runs > 0);
    await health.report("ready");
    await health.report("ready");
    expect(runs).toBe(2);
  });
});

describe("at the deadline", () => {
  it("a check behind maxConcurrency is pending, and that is no attempt", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 1 });
    const first = hung();
    const second = scripted();
    health.register("first", first.check, { timeoutMs: 700 });
    health.register("second", second.check);
    const report = health.report("ready");
    expect(second.runs.length).toBe(0);
    await clock.advance(750);
    expect((await report).checks).toMatchObject({
      first: { status: "error", reason: "timeout" },
      second: { status: "pending", reason: "not-run", failures: 0 },
    });
    expect(second.runs.length).toBe(1);
    second.settle(true);
  });

  it("a check being renewed shows its last result while that is younger than cacheMs + deadlineMs", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 1, errorCacheMs: 0 });
    let calm = true;
    health.register("slow", () => (calm ? true : new Promise(() => {})), { timeoutMs: 750 });
    health.register("db", () => true);
    await health.report("ready");
    calm = false;
    await clock.advance(1000);
    const young = health.report("ready");
    await clock.advance(749);
    expect(health.snapshot("ready").checks["db"]?.status).toBe("ok");
    await clock.advance(1);
    expect((await young).checks["db"]).toMatchObject({ status: "ok", checkedAt: "2026-11-24T10:00:01.750Z" });
  });

  it("an older result is pending", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 1 });
    let calm = true;
    health.register("slow", () => (calm ? true : new Promise(() => {})), { timeoutMs: 750 });
    health.register("db", () => (calm ? true : new Promise(() => {})), { timeoutMs: 750 });
    await health.report("ready");
    calm = false;
    await clock.advance(5000);
    const report = health.report("ready");
    await clock.advance(750);
    expect((await report).checks["db"]).toMatchObject({ status: "pending", reason: "not-run" });
  });

  it("a thousand hung checks cost one timeout", async () => {
    const { health, clock } = testHealth();
    for (let index = 0; index < 1000; index++) health.register(`c${index}`, hung().check);
    const report = health.report("ready");
    await clock.advance(500);
    expect((await report).causes.length).toBe(1000);
    expect(clock.armed).toBe(0);
  });
});

describe("maxConcurrency", () => {
  it("holds, and a timeout frees its place", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 2 });
    const checks = [hung(), hung(), scripted()] as const;
    for (const [index, { check }] of checks.entries()) health.register(`c${index}`, check);
    const report = health.report("ready");
    expect(checks.map(({ runs }) => runs.length)).toEqual([1, 1, 0]);
    await clock.advance(500);
    expect(checks.map(({ runs }) => runs.length)).toEqual([1, 1, 1]);
    checks[2].settle(true);
    expect((await report).checks["c2"]?.status).toBe("ok");
  });

  it("of one runs ten thousand checks that answer at once, in order", async () => {
    const { health } = testHealth({ maxConcurrency: 1 });
    const order: number[] = [];
    for (let index = 0; index < 10_000; index++) health.register(`c${index}`, () => void order.push(index));
    expect((await health.report("ready")).status).toBe("healthy");
    expect(order).toEqual(Array.from({ length: 10_000 }, (_, index) => index));
  });

  it("gives the place of an unregistered run to the next", async () => {
    const { health } = testHealth({ maxConcurrency: 1 });
    const next = scripted();
    health.register("first", hung().check);
    health.register("next", next.check);
    const report = health.report("ready");
    health.unregister("first");
    expect(next.runs.length).toBe(1);
    next.settle(true);
    expect((await report).status).toBe("healthy");
  });

  it("forgets a queued check that is unregistered", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 1 });
    const queued = scripted();
    health.register("first", hung().check);
    health.register("queued", queued.check);
    const report = health.report("ready");
    health.unregister("queued");
    await clock.advance(500);
    expect(Object.keys((await report).checks)).toEqual(["first"]);
    expect(queued.runs.length).toBe(0);
  });
});

describe("thresholds", () => {
  const sequence = async (outcomes: boolean[], options: { failureThreshold?: number; successThreshold?: number }): Promise<string> => {
    const { health } = testHealth({ cacheMs: 0, errorCacheMs: 0 });
    let run = 0;
    health.register("db", () => outcomes[run++], options);
    let seen = "";
    for (const _ of outcomes) seen += (await health.report("ready")).checks["db"]?.status === "ok" ? "S" : "F";
    return seen;
  };
  const told = (text: string): boolean[] => [...text].map((letter) => letter === "S");

  it("turn a status after three failures and two successes in a row", async () => {
    expect(await sequence(told("SFFFSS"), { failureThreshold: 3, successThreshold: 2 })).toBe("SSSFFS");
  });

  it("are consecutive: a success resets the count", async () => {
    expect(await sequence(told("SFFSFFSFSF"), { failureThreshold: 3 })).toBe("SSSSSSSSSS");
  });

  it("are consecutive the other way: a failure resets the count", async () => {
    expect(await sequence(told("FSFSSFSS"), { successThreshold: 2 })).toBe("FFFFSFFS");
  });

  it("do not hold the first run", async () => {
    expect(await sequence(told("FS"), { failureThreshold: 3, successThreshold: 3 })).toBe("FF");
    expect(await sequence(told("SF"), { failureThreshold: 3, successThreshold: 3 })).toBe("SS");
  });

  it("count a run that hangs on", async () => {
    const { health, clock } = testHealth();
    let calm = true;
    health.register("db", () => (calm ? true : new Promise(() => {})), { failureThreshold: 3 });
    await health.report("ready");
    calm = false;
    await clock.advance(1000);
    void health.report("ready");
    await clock.advance(1499);
    expect((await health.report("ready")).checks["db"]).toMatchObject({ status: "ok", failures: 2 });
    await clock.advance(1);
    expect((await health.report("ready")).checks["db"]).toMatchObject({ status: "error", reason: "timeout", failures: 3 });
  });
});

describe("a slow check", () => {
  it("is warn with warnAfterMs, and only above it", async () => {
    const { health, clock } = testHealth({ cacheMs: 0 });
    const { check, settle } = scripted();
    health.register("db", check, { warnAfterMs: 100 });
    const first = health.report("ready");
    await clock.advance(100);
    settle(true);
    expect((await first).checks["db"]?.status).toBe("ok");
    const second = health.report("ready");
    await clock.advance(101);
    settle(true);
    expect((await second).checks["db"]).toMatchObject({ status: "warn", reason: "slow" });
  });
});

describe("enabled", () => {
  it("false skips the check and never runs it", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = scripted();
    health.register("db", check, { enabled: false });
    expect((await health.report("ready")).checks["db"]).toMatchObject({ status: "skipped", reason: "disabled" });
    expect(health.snapshot()).toMatchObject({ status: "healthy" });
    expect(runs.length + clock.armed).toBe(0);
  });

  it("as a function is asked again when the result expires", async () => {
    const { health, clock } = testHealth();
    let on = false;
    let asked = 0;
    health.register("db", () => false, {
      enabled: async () => {
        asked += 1;
        return on;
      },
    });
    expect((await health.report("ready")).checks["db"]).toMatchObject({ status: "skipped", reason: "disabled" });
    on = true;
    await clock.advance(999);
    expect((await health.report("ready")).status).toBe("healthy");
    expect(asked).toBe(1);
    await clock.advance(1);
    expect((await health.report("ready")).status).toBe("unhealthy");
    expect(asked).toBe(2);
  });

  it.each([
    ["throws", () => { throw new Error("no flags"); }],
    ["rejects", () => Promise.reject(new Error("no flags"))],
    ["answers no boolean", () => "off"],
    ["promises no boolean", async () => undefined],
  ])("that %s means enabled, and is logged once", async (_name, enabled) => {
    const { health, log, clock } = testHealth({ cacheMs: 0 });
    health.register("db", () => true, { enabled: enabled as never });
    expect((await health.report("ready")).checks["db"]?.status).toBe("ok");
    await clock.advance(1);
    await health.report("ready");
    expect(log.filter(({ event }) => event === "problem")).toMatchObject([{ level: "warn", check: "db" }]);
  });

  it("that hangs is the run's timeout, and the check is not run after it", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = scripted();
    let answer: (on: boolean) => void = () => {};
    health.register("db", check, { enabled: () => new Promise((resolve) => { answer = resolve; }) });
    const report = health.report("ready");
    await clock.advance(500);
    expect((await report).checks["db"]).toMatchObject({ status: "error", reason: "timeout" });
    answer(true);
    await clock.advance(1);
    expect(runs.length).toBe(0);
  });
});

describe("a background check", () => {
  it("runs at once and an interval after completion, never at a probe's request", async () => {
    const { health, clock } = testHealth();
    const { check, runs, settle } = scripted();
    health.register("queue", check, { intervalMs: 1000 });
    expect(runs.length).toBe(1);
    expect((await health.report("ready")).checks["queue"]).toMatchObject({ status: "pending", reason: "not-run" });
    settle(true);
    await clock.advance(0);
    expect((await health.report("ready")).status).toBe("healthy");
    await clock.advance(899);
    expect(runs.length).toBe(1);
    await clock.advance(202);
    expect(runs.length).toBe(2);
    await health.close();
    expect(clock.armed).toBe(0);
  });

  it("goes stale when its runs stop telling anything", async () => {
    const { health, clock } = testHealth();
    const { check, settle } = scripted();
    health.register("queue", check, { intervalMs: 1000, staleAfterMs: 300, probes: ["ready"] });
    settle(true);
    await clock.advance(300);
    expect((await health.report("ready")).status).toBe("healthy");
    await clock.advance(1);
    expect((await health.report("ready")).checks["queue"]).toMatchObject({ status: "error", reason: "stale" });
  });

  it("that hangs stays an error and keeps its schedule", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = hung();
    health.register("queue", check, { intervalMs: 1000, timeoutMs: 500 });
    await clock.advance(4900);
    expect((await health.report("ready")).checks["queue"]).toMatchObject({ status: "error", reason: "timeout", failures: 9 });
    expect(runs.length).toBe(1);
    await clock.advance(700);
    expect(runs.length).toBe(2);
    await health.close();
  });
});
