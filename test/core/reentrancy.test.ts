import type { CheckContext, Health } from "probekit";
import { describe, expect, it } from "vitest";
import { hung, scripted, testHealth } from "../support/scripted.js";

describe("close()", () => {
  const ways: [string, (health: Health, close: () => void) => void][] = [
    ["a listener", (health, close) => health.on("change", close)],
    ["the check itself", (health, close) => health.register("closer", close, { intervalMs: 100 })],
    ["a getter of the outcome", (health, close) => health.register("closer", () => ({ status: "ok", get message() { close(); return "x"; } }), { intervalMs: 100 })],
    ["an abort listener", (health, close) => health.register("closer", ({ signal }: CheckContext) => new Promise(() => signal.addEventListener("abort", close)), { intervalMs: 100, timeoutMs: 50 })],
  ];

  it.each(ways)("called by %s is final", async (_name, prepare) => {
    const { health, clock } = testHealth();
    let runs = 0;
    prepare(health, () => void health.close());
    health.register("bg", async () => void (runs += 1), { intervalMs: 100 });
    await clock.advance(200);
    const ran = runs;
    await clock.advance(5000);
    expect(runs).toBe(ran);
    expect(clock.armed).toBe(0);
    expect(health.snapshot().lifecycle).toBe("closed");
  });

  it("called by the logger that hears of an abandoned run is final", async () => {
    const { clock, health } = testHealth({ logger: ({ message }) => void (message.includes("abandoned") && health.close()) });
    const { check, runs } = hung();
    health.register("bg", check, { intervalMs: 100, timeoutMs: 50 });
    await clock.advance(20_000);
    expect(runs.length).toBe(1);
    expect(clock.armed).toBe(0);
  });

  it("starts none of those that queue", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 1 });
    const ran: string[] = [];
    for (const name of ["a", "b", "c"]) health.register(name, () => (ran.push(name), new Promise(() => {})));
    void health.report("ready");
    await health.close();
    expect(ran).toEqual(["a"]);
    expect(clock.armed).toBe(0);
  });

  it("called while a report starts its checks ends that report at once", async () => {
    const { health, clock } = testHealth();
    const later = hung();
    health.register("a", () => void health.close());
    health.register("b", later.check);
    expect(await health.report("ready")).toMatchObject({ lifecycle: "closed" });
    expect(later.runs.length + clock.armed).toBe(0);
  });

  it("leaves live as it was: what nobody renews any more does not go stale", async () => {
    const { health, clock } = testHealth();
    health.register("loop", () => true, { probes: ["live"], intervalMs: 1000 });
    await health.close();
    await clock.advance(60_000);
    expect((await health.report("live")).status).toBe("healthy");
  });
});

describe("unregister()", () => {
  it("of a check that a report has not started yet keeps it from running", async () => {
    const { health, log } = testHealth();
    let runs = 0;
    health.register("a", () => void health.unregister("b"));
    health.register("b", () => ++runs > 1);
    expect((await health.report("ready")).checks).toEqual({ a: expect.objectContaining({ status: "ok" }) });
    expect(runs).toBe(0);
    expect(log.filter(({ check }) => check === "b")).toEqual([]);
  });

  it("of a check that a report has started does not hold that report up", async () => {
    const { health, clock } = testHealth();
    health.register("a", hung().check);
    health.register("b", () => void health.unregister("a"));
    expect((await health.report("ready")).status).toBe("healthy");
    expect(clock.armed).toBe(0);
  });

  it("by the logger that hears of an abandoned run starts no other", async () => {
    const { health, clock } = testHealth({ logger: ({ message }) => void (message.includes("abandoned") && health.unregister("db")) });
    const { check, runs } = hung();
    health.register("db", check);
    void health.report("ready");
    await clock.advance(5000);
    await health.report("ready");
    expect(runs.length).toBe(1);
    expect(clock.armed).toBe(0);
  });

  it("by a getter of the outcome: nothing is told of the check afterwards", async () => {
    const { health, log } = testHealth();
    health.register("db", () => ({ status: "warn", get message() { health.unregister("db"); return "x"; } }));
    await health.report("ready");
    expect(log).toEqual([]);
  });
});

describe("a background check beside others", () => {
  it("is shown by its own age while it is under way, not as pending", async () => {
    const { health, clock } = testHealth();
    const background = scripted();
    const other = scripted();
    health.register("db", background.check, { intervalMs: 2500 });
    background.settle(true);
    while (background.runs.length < 2) await clock.advance(100);
    health.register("api", other.check);
    const report = health.report("ready");
    other.settle(true);
    expect((await report).checks["db"]?.status).toBe("ok");
    await health.close();
  });

  it("keeps its interval when it settles after its timeout", async () => {
    const { health, clock } = testHealth();
    let runs = 0;
    health.register("slow", () => {
      runs += 1;
      return new Promise((resolve) => void clock.setTimeout(() => resolve(true), 600));
    }, { intervalMs: 60_000 });
    await clock.advance(50_000);
    expect(runs).toBe(1);
    await clock.advance(20_000);
    expect(runs).toBe(2);
    await health.close();
  });
});

describe("a check that is startup's alone", () => {
  it("never runs when it is registered after the latch, background or not", async () => {
    const { health, clock } = testHealth();
    const late = scripted();
    health.register("first", () => true, { probes: ["startup"] });
    await health.report("startup");
    health.register("late", late.check, { probes: ["startup"], intervalMs: 1000 });
    await clock.advance(5000);
    await health.report();
    expect(late.runs.length + clock.armed).toBe(0);
  });

  it("does not run when startup latches while it queues", async () => {
    const { health, clock } = testHealth({ maxConcurrency: 1 });
    const queued = scripted();
    health.register("slow", hung().check, { timeoutMs: 700 });
    health.register("slower", hung().check, { timeoutMs: 700 });
    health.register("queued", queued.check, { probes: ["startup"], critical: false });
    void health.report("ready");
    const waiting = health.report("startup");
    await clock.advance(5000);
    expect((await waiting).lifecycle).toBe("running");
    expect(queued.runs.length + clock.armed).toBe(0);
  });

  it("keeps its last result when its background runs have ended", async () => {
    const { health, clock } = testHealth();
    health.register("migrations", () => true, { probes: ["startup"], intervalMs: 1000 });
    await health.report("startup");
    await clock.advance(60_000);
    expect((await health.report()).checks["migrations"]?.status).toBe("ok");
  });
});

describe("a view", () => {
  it("of live follows the life cycle", async () => {
    const { health } = testHealth();
    expect((await health.report("live")).lifecycle).toBe("running");
    health.register("gate", () => false, { probes: ["startup"] });
    expect((await health.report("live")).lifecycle).toBe("starting");
    health.unregister("gate");
    expect((await health.report("live")).lifecycle).toBe("running");
  });

  it("cannot move a check into another probe", async () => {
    const { health } = testHealth();
    health.register("db", () => false);
    health.register("cache", () => false, { probes: ["ready", "startup"] });
    const { checks } = await health.report();
    for (const { probes } of Object.values(checks)) expect(() => (probes as string[]).push("live")).toThrow(TypeError);
  });

  it("is drawn once for a thousand who waited for it", async () => {
    const { health } = testHealth({ cacheMs: 0 });
    const { check, settle } = scripted();
    health.register("db", check);
    const reports = Array.from({ length: 1000 }, () => health.report("ready"));
    settle(true);
    expect(new Set((await Promise.all(reports)).map(({ checks }) => checks)).size).toBe(1);
  });
});

describe("a hung run", () => {
  it("is reckoned by a snapshot and by its own late end, whether or not somebody polled", async () => {
    const { health, clock } = testHealth();
    const { check, settle } = scripted();
    health.register("db", check, { failureThreshold: 3 });
    const first = health.report("ready");
    settle(true);
    await first;
    await clock.advance(1000);
    void health.report("ready");
    await clock.advance(1600);
    expect(health.snapshot().checks["db"]).toMatchObject({ status: "error", failures: 3 });
    await clock.advance(400);
    settle(true);
    await clock.advance(0);
    expect(health.snapshot().checks["db"]).toMatchObject({ status: "error", failures: 4 });
  });
});

describe("a recovery", () => {
  it("tells the streak that ended, however many successes it took", async () => {
    const { health, log } = testHealth({ cacheMs: 0, errorCacheMs: 0 });
    const outcomes = [true, false, false, false, true, true];
    const failures: number[] = [];
    health.on("change", (event) => failures.push(event.failures));
    health.register("db", () => outcomes.shift(), { successThreshold: 2 });
    for (let run = 0; run < 6; run++) await health.report("ready");
    expect(failures).toEqual([0, 1, 3]);
    expect(log.at(-1)?.message).toContain("after 3 failed runs");
  });
});

describe("enabled", () => {
  it("that answers twice runs the check once", async () => {
    const { health } = testHealth();
    const { check, runs, settle } = scripted();
    class Twice extends Promise<boolean> {
      override then<A, B>(ok?: ((value: boolean) => A | PromiseLike<A>) | null, fail?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<A | B> {
        ok?.(true);
        return super.then(ok, fail);
      }
    }
    health.register("db", check, { enabled: () => Twice.resolve(true) as Twice });
    const report = health.report("ready");
    await new Promise((resolve) => setImmediate(resolve));
    expect(runs.length).toBe(1);
    settle(true);
    await report;
  });
});
