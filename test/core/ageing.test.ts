import type { ChangeEvent } from "probekit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settle } from "../support/fake-clock.js";
import { hung, scripted, testHealth } from "../support/scripted.js";

afterEach(() => void vi.restoreAllMocks());

const background = { intervalMs: 1000, timeoutMs: 60_000, staleAfterMs: 5000 } as const;

/** One that was ok once and whose next run takes its time. */
const slowed = async () => {
  const made = testHealth();
  const changes: ChangeEvent[] = [];
  made.health.on("change", (event) => changes.push(event));
  const { check, settle: answer } = scripted();
  made.health.register("db", check, background);
  answer({ status: "ok", message: "3 replicas in sync", data: { replicas: 3 } });
  await settle();
  changes.splice(0);
  return { ...made, changes, answer };
};

describe("a result that grows old while its check runs", () => {
  it("is told when it is too old, though nobody asks", async () => {
    const { clock, changes } = await slowed();
    await clock.advance(5000);
    expect(changes).toEqual([]);
    await clock.advance(1);
    expect(changes).toEqual([{ name: "db", status: "error", previousStatus: "ok", reason: "stale", lastedMs: 5000, failures: 0 }]);
  });

  it("is told with how long it has been too old when the run answers", async () => {
    const { clock, changes, answer } = await slowed();
    await clock.advance(30_000);
    answer(true);
    await settle();
    expect(changes.map(({ previousStatus, status, lastedMs }) => [previousStatus, status, lastedMs])).toEqual([["ok", "error", 5000], ["error", "ok", 25_000]]);
  });

  it("is told by the answer itself where the event loop was blocked meanwhile", async () => {
    const { clock, changes, answer, health } = await slowed();
    await clock.advance(1100);
    vi.spyOn(clock, "now").mockReturnValue(20_000);
    answer(true);
    await settle();
    expect(changes.map(({ previousStatus, status }) => [previousStatus, status])).toEqual([["ok", "error"], ["error", "ok"]]);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "ok" });
  });

  it("is shown with why it is an error, and without what it last said", async () => {
    const { clock, health } = await slowed();
    await clock.advance(5001);
    const { message, data, reason } = health.snapshot("ready").checks["db"]!;
    expect({ message, data, reason }).toEqual({ message: "no result for more than 5000 ms", data: undefined, reason: "stale" });
  });

  it("is reminded of every five minutes", async () => {
    const made = testHealth();
    const { check, settle: answer } = scripted();
    made.health.register("db", check, { ...background, timeoutMs: 3_600_000 });
    answer(true);
    await settle();
    for (let minute = 0; minute < 11; minute++) await made.clock.advance(60_000);
    const reminders = made.log.filter(({ event }) => event === "reminder").map(({ message }) => message.replace(/\d+\.\d s/, "N s"));
    expect(reminders).toEqual(Array.from({ length: 2 }, () => 'check "db" is still error (stale: no result for more than 5000 ms), for N s'));
  });

  it("stays an error when the health is closed", async () => {
    const { clock, health } = testHealth();
    const { check, settle: answer } = scripted();
    health.register("loop", check, { ...background, probes: ["live"] });
    answer(true);
    await settle();
    await clock.advance(5001);
    await health.close();
    expect(health.snapshot("live")).toMatchObject({ status: "unhealthy", checks: { loop: { status: "error", reason: "stale" } } });
  });

  it("is drawn once for all who ask while nothing changes", async () => {
    const { clock, health } = await slowed();
    await clock.advance(6000);
    const [first, second] = [await health.report("ready"), await health.report("ready")];
    expect(first.checks).toBe(second.checks);
  });
});

describe("a check that was too old", () => {
  const held = async (says: boolean[], thresholds: object) => {
    const { clock, health } = testHealth({ maxConcurrency: 1 });
    let run = 0;
    health.register("db", () => says[Math.min(run++, says.length - 1)], { ...background, ...thresholds });
    health.register("hog", () => new Promise(() => {}), { probes: [], intervalMs: 100_000, timeoutMs: 90_000 });
    await clock.advance(10_000);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ reason: "stale" });
    health.unregister("hog");
    await settle();
    return health.snapshot("ready").checks["db"];
  };

  it("needs its successes as ever to be up again", async () => {
    expect(await held([false, true], { successThreshold: 3 })).toMatchObject({ status: "error", reason: "failed", successes: 1 });
  });

  it("is down by its first failure", async () => {
    expect(await held([true, false], { failureThreshold: 3 })).toMatchObject({ status: "error", reason: "failed", failures: 1 });
  });
});

describe("a hung run of a startup check that nothing runs any more", () => {
  it("is counted alike in a report and in a snapshot", async () => {
    const { clock, health } = testHealth();
    health.register("migration", hung().check, { probes: ["startup"], critical: false, timeoutMs: 100 });
    const first = health.report("startup");
    await clock.advance(100);
    await first;
    await health.report("startup");
    await clock.advance(3000);
    const [reported, seen] = [await health.report("startup"), health.snapshot("startup")];
    expect([reported, seen].map(({ checks }) => checks["migration"]?.failures)).toEqual([31, 31]);
  });
});

describe("a staleness", () => {
  it("of two intervals and a timeout is the default", async () => {
    const { clock, health } = testHealth({ maxConcurrency: 1 });
    health.register("db", () => true, { intervalMs: 1000, timeoutMs: 300 });
    health.register("hog", () => new Promise(() => {}), { probes: [], intervalMs: 100_000, timeoutMs: 90_000 });
    await clock.advance(2300);
    expect(health.snapshot("ready").checks["db"]?.status).toBe("ok");
    await clock.advance(1);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ reason: "stale" });
  });

  it("within the interval is told to the log where it is registered", () => {
    const { health, log } = testHealth();
    health.register("db", () => true, { intervalMs: 1000, staleAfterMs: 300 });
    health.register("cache", () => true, { intervalMs: 1000, staleAfterMs: 1101 });
    expect(log.filter(({ event }) => event === "problem").map(({ message }) => message)).toEqual([
      'staleAfterMs 300 of check "db" is within its interval of 1000 ms: it will be stale between its runs',
    ]);
  });
});

describe("a reminder", () => {
  it("waits for a run that failed: one that was ok and is not believed yet is no reason for one", async () => {
    const { clock, health, log } = testHealth();
    let isUp = false;
    health.register("db", () => isUp, { intervalMs: 1000, successThreshold: 1000 });
    for (let minute = 0; minute < 4; minute++) await clock.advance(60_000);
    isUp = true;
    for (let minute = 0; minute < 4; minute++) await clock.advance(60_000);
    expect(log.filter(({ event }) => event === "reminder")).toEqual([]);
  });
});

describe("a background check's beat", () => {
  it.each([[0, 900], [0.5, 1000], [1, 1100]])("is its interval, a tenth more or less: at %d it is %d ms", async (random, gap) => {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const { clock, health } = testHealth();
    const startedAt: number[] = [];
    health.register("db", () => void startedAt.push(clock.now()), { intervalMs: 1000 });
    await clock.advance(gap - 1);
    expect(startedAt).toHaveLength(1);
    await clock.advance(1);
    expect(startedAt[1]! - startedAt[0]!).toBe(gap);
  });

  it("begins after initialDelayMs, and not before", async () => {
    const { clock, health } = testHealth();
    let runs = 0;
    health.register("db", () => void (runs += 1), { intervalMs: 1000, initialDelayMs: 5000 });
    await clock.advance(4999);
    expect([runs, health.snapshot("ready").checks["db"]?.status]).toEqual([0, "pending"]);
    await clock.advance(1);
    expect([runs, health.snapshot("ready").checks["db"]?.status]).toEqual([1, "ok"]);
  });

  it("leaves no timer behind while it is paused", () => {
    const { clock, health } = testHealth();
    health.register("db", () => true, { intervalMs: 1000 });
    expect(clock.armed).toBe(1);
    health.pause("db");
    expect(clock.armed).toBe(0);
  });
});

describe("a skip", () => {
  it("ends both counts, so that a threshold begins anew", async () => {
    const { clock, health } = testHealth({ cacheMs: 0, errorCacheMs: 0 });
    let [enabled, says] = [true, true];
    health.register("db", () => says, { failureThreshold: 2, enabled: () => enabled });
    const status = async (): Promise<unknown[]> => {
      await clock.advance(1);
      const { status: is, failures, successes } = (await health.report("ready")).checks["db"]!;
      return [is, failures, successes];
    };
    expect(await status()).toEqual(["ok", 0, 1]);
    says = false;
    expect(await status()).toEqual(["ok", 1, 0]);
    enabled = false;
    expect(await status()).toEqual(["skipped", 0, 0]);
    enabled = true;
    expect(await status()).toEqual(["error", 1, 0]);
  });
});

describe("a check that is slow", () => {
  it("says how slow, and over what", async () => {
    const { clock, health, log } = testHealth();
    const { check, settle: answer } = scripted();
    health.register("db", check, { warnAfterMs: 100 });
    const report = health.report("ready");
    await clock.advance(250);
    answer({ status: "ok", message: "primary" });
    expect((await report).checks["db"]).toMatchObject({ status: "warn", reason: "slow", message: "took 250 ms, over 100 ms: primary" });
    expect(log.map(({ message }) => message)).toEqual(['check "db" is warn (slow: took 250 ms, over 100 ms: primary); it was pending for 0.3 s']);
  });
});

describe("a service whose only startup check is removed", () => {
  it("does not say that startup has passed", () => {
    const { health, log } = testHealth();
    health.register("migration", () => true, { probes: ["startup"] });
    health.unregister("migration");
    expect(log.map(({ message }) => message)).toEqual(["starting: ready is unhealthy until startup has passed", "running: no startup check is left to wait for"]);
  });
});
