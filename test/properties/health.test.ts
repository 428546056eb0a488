import { fc, test } from "@fast-check/vitest";
import { createHandler, type CheckOptions, type Health, type Probe, type Report } from "probekit";
import { describe, expect, it } from "vitest";
import { settle, type FakeClock } from "../support/fake-clock.js";
import { testHealth } from "../support/scripted.js";

type Step =
  | { readonly does: "report"; readonly probe: Probe | undefined }
  | { readonly does: "advance"; readonly ms: number }
  | { readonly does: "settle"; readonly check: number; readonly how: "ok" | "warn" | "false" | "reject" | "garbage" }
  | { readonly does: "toggle"; readonly check: number }
  | { readonly does: "drain" };

const probe = fc.constantFrom<Probe | undefined>("live", "ready", "startup", undefined);

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ does: fc.constant("report" as const), probe }) },
  { weight: 5, arbitrary: fc.record({ does: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 3000 }) }) },
  { weight: 6, arbitrary: fc.record({ does: fc.constant("settle" as const), check: fc.nat(2), how: fc.constantFrom("ok", "warn", "false", "reject", "garbage") }) },
  { weight: 1, arbitrary: fc.record({ does: fc.constant("toggle" as const), check: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.constant({ does: "drain" as const }) },
);

const checkOptions: fc.Arbitrary<CheckOptions> = fc.record({
  probes: fc.subarray<Probe>(["live", "ready", "startup"]),
  critical: fc.boolean(),
  timeoutMs: fc.integer({ min: 1, max: 750 }),
  cacheMs: fc.integer({ min: 0, max: 2000 }),
  errorCacheMs: fc.integer({ min: 0, max: 1000 }),
  failureThreshold: fc.integer({ min: 1, max: 3 }),
  successThreshold: fc.integer({ min: 1, max: 3 }),
});

/** Three checks whose runs the steps settle, and what must never happen to them. */
const world = (options: readonly CheckOptions[], maxConcurrency: number | undefined) => {
  const { health, clock } = testHealth({ maxConcurrency });
  const open: ((how: string) => void)[][] = options.map(() => []);
  const underWay = options.map(() => 0);
  const faults: string[] = [];
  const check = (index: number) => ({ signal }: { signal: AbortSignal }) => {
    underWay[index]! += 1;
    if (underWay[index]! > 1) faults.push(`check ${index} runs twice at once`);
    if (underWay.reduce((sum, count) => sum + count, 0) > (maxConcurrency ?? Infinity)) faults.push("too many runs at once");
    const over = (): void => void (underWay[index]! -= 1);
    signal.addEventListener("abort", over, { once: true });
    return new Promise<never>((resolve, reject) => {
      open[index]!.push((how) => {
        if (!signal.aborted) over();
        if (how === "reject") reject(new Error("no"));
        else resolve((how === "false" ? false : how === "garbage" ? 42 : { status: how }) as never);
      });
    });
  };
  const register = (index: number): void => health.register(`c${index}`, check(index), options[index]);
  options.forEach((_, index) => register(index));
  return { health, clock, open, faults, register };
};

const order = ["healthy", "degraded", "unhealthy"];

/** What a report says of itself must agree with what it says of its checks. */
const agrees = (report: Report): void => {
  const counted = Object.entries(report.checks).filter(([, { probes }]) => probes.includes(report.probe ?? "ready"));
  const effects = counted.map(([, { status, critical }]) => {
    if (status === "error" || (status === "pending" && report.probe !== "live")) return critical ? "unhealthy" : "degraded";
    return status === "warn" ? "degraded" : "healthy";
  });
  const worst = order[Math.max(0, ...effects.map((effect) => order.indexOf(effect)))];
  const held = report.probe !== "live" && report.probe !== "startup" && report.lifecycle !== "running";
  // A startup report says nothing of whether startup has latched once the service drains.
  const mayBeLatched = report.probe === "startup" && report.lifecycle !== "starting";
  if (!mayBeLatched) expect(report.status).toBe(held ? "unhealthy" : worst);
  for (const check of Object.values(report.checks)) expect(check.reason !== undefined).toBe(check.status !== "ok");
  expect(JSON.parse(JSON.stringify(report))).toEqual(report);
};

const perform = async (at: Step, { health, clock, open, register }: ReturnType<typeof world>, reports: Promise<unknown>[]): Promise<void> => {
  if (at.does === "advance") return clock.advance(at.ms);
  if (at.does === "settle") open[at.check]!.shift()?.(at.how);
  if (at.does === "toggle" && !health.unregister(`c${at.check}`)) register(at.check);
  if (at.does === "drain") health.drain();
  if (at.does === "report") reports.push(inTime(health, clock, at.probe).catch((error: unknown) => error));
  await settle();
};

const inTime = async (health: Health, clock: FakeClock, which: Probe | undefined): Promise<void> => {
  const askedAt = clock.now();
  const report = await health.report(which);
  expect(clock.now() - askedAt).toBeLessThanOrEqual(750);
  agrees(report);
};

describe("whatever the checks do", () => {
  test.prop([fc.array(checkOptions, { minLength: 3, maxLength: 3 }), fc.option(fc.integer({ min: 1, max: 2 }), { nil: undefined }), fc.array(step, { maxLength: 40 })], { numRuns: 300 })(
    "a report comes within the deadline and agrees with its checks, no check runs twice at once, and nothing is left",
    async (options, maxConcurrency, steps) => {
      const stage = world(options, maxConcurrency);
      const reports: Promise<unknown>[] = [];
      for (const at of steps) await perform(at, stage, reports);
      await stage.clock.advance(750);
      expect((await Promise.all(reports)).filter((error) => error !== undefined)).toEqual([]);
      expect(stage.faults).toEqual([]);
      await stage.health.close();
      expect(stage.clock.armed).toBe(0);
    },
  );
});

describe("whatever is asked", () => {
  const { health } = testHealth();
  health.register("db", () => true);
  const handlers = [{}, { path: "/" }, { details: "full", paths: { ready: "/readyz" } }, { details: "none", format: "text" }].map((options) =>
    createHandler(health, options as never),
  );
  const text = fc.oneof(fc.string(), fc.string({ unit: "binary" }), fc.webUrl(), fc.webQueryParameters(), fc.constantFrom("/health", "/health/ready", "/health/ready/", "?exclude=", "%", "//"));
  const url = fc.array(text, { maxLength: 5 }).map((parts) => parts.join(""));

  test.prop([url, fc.oneof(fc.string(), fc.constantFrom("GET", "HEAD", "OPTIONS")), fc.dictionary(fc.constantFrom("accept", "host", "origin", ":method"), fc.string())], { numRuns: 2000 })(
    "there is an answer of the right length or none, and never a throw",
    async (target, method, headers) => {
      for (const handle of handlers) {
        const answer = await handle({ method, url: target, headers });
        if (answer === undefined) continue;
        expect([200, 404, 405]).toContain(answer.status);
        if (method !== "HEAD") expect(answer.headers["content-length"]).toBe(String(Buffer.byteLength(answer.body)));
        expect(answer.headers["cache-control"]).toBe("no-store, no-transform");
      }
    },
  );

  it("a request without anything is answered", async () => {
    expect(await createHandler(health, { path: "/" })({})).toMatchObject({ status: 200 });
  });
});
