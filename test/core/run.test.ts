import { EventEmitter, once } from "node:events";
import { createHealth } from "probekit";
import { describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { hung, scripted, testHealth } from "../support/scripted.js";

expectNoRejections();

describe("what a check answers", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const outcomes: [string, unknown, object][] = [
    ["undefined", undefined, { status: "ok" }],
    ["true", true, { status: "ok" }],
    ["false", false, { status: "error", reason: "failed" }],
    ["ok in full", { status: "ok", message: "fine" }, { status: "ok", message: "fine" }],
    ["warn in full", { status: "warn", message: "full" }, { status: "warn", reason: "failed", message: "full" }],
    ["error in full", { status: "error", message: "down" }, { status: "error", reason: "failed", message: "down" }],
    ["null", null, { status: "error", reason: "invalid-result" }],
    ["0", 0, { status: "error", reason: "invalid-result" }],
    ["a string", "ok", { status: "error", reason: "invalid-result" }],
    ["an empty object", {}, { status: "error", reason: "invalid-result" }],
    ["an unknown status", { status: "up" }, { status: "error", reason: "invalid-result" }],
    ["an array", [], { status: "error", reason: "invalid-result" }],
    ["a BigInt", 1n, { status: "error", reason: "invalid-result" }],
    ["a symbol", Symbol("x"), { status: "error", reason: "invalid-result" }],
    ["a function", () => true, { status: "error", reason: "invalid-result" }],
    ["a revoked proxy", revoked.proxy, { status: "error" }],
    ["a status that throws", { get status() { throw new Error("no"); } }, { status: "error", reason: "invalid-result" }],
    ["a message that throws", { status: "ok", get message() { throw new Error("no"); } }, { status: "ok", message: "[unreadable]" }],
    ["a message that is no string", { status: "warn", message: 42n }, { status: "warn", message: "42" }],
    ["a thenable that throws", { then() { throw new Error("no"); } }, { status: "error", reason: "failed", message: "no" }],
    ["a then that throws", { get then() { throw new Error("no"); } }, { status: "error", reason: "failed", message: "no" }],
    ["a thenable that settles twice", { then(ok: (value: unknown) => void, fail: (error: unknown) => void) { ok(true); fail(1); ok(false); } }, { status: "ok" }],
  ];

  it.each(outcomes)("%s", async (_name, outcome, expected) => {
    const health = createHealth({ logger: false });
    health.register("db", () => outcome as never);
    health.register("promised", () => Promise.resolve(typeof outcome === "object" ? undefined : outcome) as never);
    const report = await health.report("ready");
    expect(report.checks["db"]).toMatchObject(expected);
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
  });
});

describe("what a check is given", () => {
  it("is copied whole, its signal too", async () => {
    const health = createHealth({ logger: false });
    let copy: object = {};
    health.register("db", (context) => void (copy = { ...context }));
    await health.report("ready");
    expect(copy).toMatchObject({ name: "db", timeoutMs: 500, signal: expect.any(AbortSignal) });
  });
});

describe("what a check throws", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const errors: [string, unknown, string][] = [
    ["an Error", new Error("refused"), "refused"],
    ["a string", "refused", "refused"],
    ["undefined", undefined, "undefined"],
    ["null", null, "null"],
    ["a BigInt", 5n, "5"],
    ["an Error without a message", Object.assign(new Error(""), { code: "ECONNREFUSED" }), "ECONNREFUSED"],
    ["an AggregateError without a message", new AggregateError([new Error("connect ECONNREFUSED ::1:1")], ""), "connect ECONNREFUSED ::1:1"],
    ["an object whose message throws", { get message() { throw new Error("no"); } }, "[object Object]"],
    ["an object without a prototype", Object.create(null), "[unreadable]"],
    ["a revoked proxy", revoked.proxy, "[unreadable]"],
    ["an error with a status", Object.assign(new Error("gone"), { status: 404, statusCode: 429 }), "gone"],
  ];

  it.each(errors)("%s, at once or later, is an error", async (_name, error, message) => {
    const health = createHealth({ logger: () => {} });
    health.register("at-once", () => {
      throw error;
    });
    health.register("later", () => Promise.reject(error));
    const { checks, status } = await health.report("ready");
    expect(status).toBe("unhealthy");
    expect(checks["at-once"]).toMatchObject({ status: "error", reason: "failed", message });
    expect(checks["later"]).toMatchObject({ status: "error", reason: "failed", message });
  });

  it("does not keep the other checks from running", async () => {
    const health = createHealth({ logger: false });
    health.register("bad", () => {
      throw new Error("no");
    });
    health.register("good", () => true);
    expect((await health.report("ready")).checks["good"]?.status).toBe("ok");
  });
});

describe("checks of one report", () => {
  it("run side by side: two that wait for each other both finish", async () => {
    const health = createHealth({ logger: false });
    const meeting = new EventEmitter();
    const a = once(meeting, "a");
    const b = once(meeting, "b");
    health.register("a", async () => void (meeting.emit("a"), await b));
    health.register("b", async () => void (meeting.emit("b"), await a));
    expect((await health.report("ready")).status).toBe("healthy");
  });
});

describe("a check that hangs", () => {
  it("times out on its own, beside quick ones with their own latency", async () => {
    const { health, clock } = testHealth();
    const quick = scripted();
    health.register("slow", hung().check, { timeoutMs: 300 });
    health.register("quick", quick.check);
    const report = health.report("ready");
    await clock.advance(50);
    quick.settle(true);
    await clock.advance(250);
    expect((await report).checks).toMatchObject({
      slow: { status: "error", reason: "timeout", latencyMs: 300, message: 'check "slow" timed out after 300 ms' },
      quick: { status: "ok", latencyMs: 50 },
    });
    expect(clock.armed).toBe(0);
  });

  it("has its signal aborted with a TimeoutError that names it", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = hung();
    health.register("db", check);
    const report = health.report("ready");
    const { signal } = runs[0]!;
    await clock.advance(499);
    expect(signal.aborted).toBe(false);
    await clock.advance(1);
    await report;
    expect(signal.reason).toMatchObject({ name: "TimeoutError", message: 'check "db" timed out after 500 ms' });
  });

  it("finds its signal aborted when it asks for it late", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = hung();
    health.register("db", check);
    const report = health.report("ready");
    await clock.advance(500);
    await report;
    expect(runs[0]!.signal.aborted).toBe(true);
    expect(runs[0]!.signal).toBe(runs[0]!.signal);
  });

  it("is read at once and not run again while it is pending", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = hung();
    health.register("db", check);
    const first = health.report("ready");
    await clock.advance(500);
    await first;
    for (let at = 750; at < 5000; at += 250) {
      await clock.advance(250);
      expect((await health.report("ready")).checks["db"]).toMatchObject({ status: "error", reason: "timeout" });
    }
    expect(runs.length).toBe(1);
    expect(clock.armed).toBe(0);
  });

  it("is given up after ten timeouts, the next after twice that, and counted", async () => {
    const { health, clock, log } = testHealth();
    const { check, runs } = hung();
    health.register("db", check);
    void health.report("ready");
    await clock.advance(4999);
    await health.report("ready");
    expect(runs.length).toBe(1);
    await clock.advance(1);
    void health.report("ready");
    expect(runs.length).toBe(2);
    await clock.advance(9999);
    await health.report("ready");
    expect(runs.length).toBe(2);
    await clock.advance(1);
    void health.report("ready");
    expect(runs.length).toBe(3);
    await clock.advance(500);
    expect((await health.report("ready")).checks["db"]).toMatchObject({ abandoned: 2, failures: 31 });
    expect(log.filter(({ event }) => event === "problem").length).toBe(2);
  });

  it("waits ten minutes at most before it is given up", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = hung();
    health.register("db", check);
    let waited = 0;
    for (let before = 0; before < 10; before++) {
      void health.report("ready");
      expect(runs.length).toBe(before + 1);
      waited = Math.min(5000 * 2 ** before, 600_000);
      await clock.advance(waited);
    }
    expect(waited).toBe(600_000);
  });

  it("recovers by itself once the run settles, and the delay starts anew", async () => {
    const { health, clock } = testHealth();
    const { check, runs, settle: answer } = scripted();
    health.register("db", check);
    void health.report("ready");
    await clock.advance(5000);
    void health.report("ready");
    await clock.advance(600);
    answer(true);
    await settle();
    expect((await health.report("ready")).checks["db"]?.reason).toBe("timeout");
    answer(true);
    await clock.advance(150);
    const third = health.report("ready");
    expect(runs.length).toBe(3);
    answer(true);
    expect((await third).checks["db"]).toMatchObject({ status: "ok", failures: 0, abandoned: 1 });
    await clock.advance(1000);
    void health.report("ready");
    await clock.advance(5000);
    void health.report("ready");
    expect(runs.length).toBe(5);
  });

  it("has what it says later discarded, rejections too", async () => {
    const { health, clock } = testHealth();
    const { check, fail } = scripted();
    health.register("db", check);
    const report = health.report("ready");
    await clock.advance(500);
    await report;
    fail(new Error("too late"));
    await settle();
    expect((await health.report("ready")).checks["db"]).toMatchObject({ reason: "timeout" });
  });

  it("counts one more failure for each further timeout", async () => {
    const { health, clock } = testHealth();
    health.register("db", hung().check);
    void health.report("ready");
    await clock.advance(500);
    expect(health.snapshot("ready").checks["db"]?.failures).toBe(1);
    await clock.advance(1250);
    expect((await health.report("ready")).checks["db"]).toMatchObject({ failures: 3, latencyMs: 1500 });
  });
});

describe("an answer that arrived while the event loop was blocked", () => {
  it("still counts", async () => {
    const { health, clock } = testHealth();
    health.register("db", () => new Promise((resolve) => setImmediate(() => resolve(true))));
    const report = health.report("ready");
    clock.block(600);
    await clock.advance(0);
    expect((await report).checks["db"]).toMatchObject({ status: "ok", latencyMs: 600 });
  });
});

describe("a check that asks for the health itself", () => {
  it("does not hang the report", async () => {
    const { health, clock } = testHealth();
    health.register("self", async () => (await health.report("ready")).status === "healthy");
    const report = health.report("ready");
    await clock.advance(750);
    expect((await report).checks["self"]).toMatchObject({ status: "error", reason: "timeout" });
  });
});

describe("latency", () => {
  it("is monotonic: a wall clock that jumps changes nothing", async () => {
    const { health, clock } = testHealth();
    const { check, settle: answer } = scripted();
    health.register("db", check);
    const report = health.report("ready");
    await clock.advance(20);
    clock.jumpWall(-3_600_000);
    answer(true);
    expect((await report).checks["db"]).toMatchObject({ latencyMs: 20, checkedAt: "2026-11-24T09:00:00.020Z" });
  });

  it("of a run that hangs on is told by the wall clock of its last timeout", async () => {
    const { health, clock } = testHealth();
    health.register("db", hung().check);
    const report = health.report("ready");
    await clock.advance(500);
    expect((await report).checks["db"]).toMatchObject({ latencyMs: 500, checkedAt: "2026-11-24T10:00:00.500Z" });
    clock.jumpWall(3_600_000);
    await clock.advance(620);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ latencyMs: 1000, checkedAt: "2026-11-24T11:00:01.000Z" });
  });
});
