import { fc } from "@fast-check/vitest";
import type { CheckOutcome, Health, Probe, Report } from "probekit";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { settle, type FakeClock } from "../support/fake-clock.js";
import { testHealth } from "../support/scripted.js";
import { Model, type Mode, type ModelOptions, type ModelReport } from "./model.js";

const names = ["a", "b", "c"] as const;
type Name = (typeof names)[number];

/** The library itself, with checks that behave as they are told. */
interface Real {
  readonly health: Health;
  readonly clock: FakeClock;
  readonly modes: Map<string, Mode>;
  readonly hanging: Map<string, (outcome: CheckOutcome) => void>;
  readonly runs: Map<string, number>;
}

const outcomeOf = (mode: Exclude<Mode, "hang">): CheckOutcome => ({ status: mode === "fail" ? "error" : mode });

const real = (): Real => ({ ...testHealth(), modes: new Map(), hanging: new Map(), runs: new Map() });

/** A check that answers at once, as its mode says at that moment, or hangs. */
const checkOf = ({ modes, hanging, runs }: Real, name: string) => (): CheckOutcome | Promise<CheckOutcome> => {
  runs.set(name, (runs.get(name) ?? 0) + 1);
  const mode = modes.get(name) ?? "ok";
  if (mode !== "hang") return outcomeOf(mode);
  return new Promise((resolve) => hanging.set(name, resolve));
};

const seen = ({ status, causes, lifecycle, checks }: Report): ModelReport => ({
  status,
  causes,
  lifecycle,
  checks: Object.fromEntries(
    Object.entries(checks).map(([name, check]) => [
      name,
      { status: check.status, reason: check.reason, failures: check.failures, successes: check.successes, abandoned: check.abandoned },
    ]),
  ),
});

/** One thing that happens to both. */
interface Command {
  readonly says: string;
  run(model: Model, real: Real): Promise<void>;
}

const sameRuns = (model: Model, { runs }: Real): void => {
  for (const [name, check] of model.checks) expect([name, runs.get(name) ?? 0]).toEqual([name, check.runs]);
};

const register = (name: Name, options: ModelOptions, mode: Mode): Command => ({
  says: `register ${name} ${mode} ${JSON.stringify(options)}`,
  run: async (model, stage) => {
    if (model.checks.has(name)) return;
    stage.modes.set(name, mode);
    stage.runs.set(name, 0);
    stage.hanging.delete(name);
    stage.health.register(name, checkOf(stage, name), options);
    model.register(name, options, mode);
  },
});

const unregister = (name: Name): Command => ({
  says: `unregister ${name}`,
  run: async (model, { health }) => expect(health.unregister(name)).toBe(model.checks.delete(name)),
});

/** From now on its runs are so. */
const behave = (name: Name, mode: Mode): Command => ({
  says: `${name} will ${mode}`,
  run: async (model, { modes }) => {
    modes.set(name, mode);
    const check = model.checks.get(name);
    if (check) check.mode = mode;
  },
});

/** The run that hangs settles. */
const release = (name: Name, how: Exclude<Mode, "hang">): Command => ({
  says: `the run of ${name} settles: ${how}`,
  run: async (model, { hanging }) => {
    hanging.get(name)?.(outcomeOf(how));
    const isHeard = hanging.delete(name);
    await settle();
    const check = model.checks.get(name);
    if (check && isHeard) model.release(check, how);
  },
});

const advance = (ms: number): Command => ({
  says: `${ms} ms pass`,
  run: async (model, { clock }) => {
    await clock.advance(ms);
    model.advance(ms);
  },
});

const pause = (name: Name, how: "pause" | "resume"): Command => ({
  says: `${how} ${name}`,
  run: async (model, { health }) => {
    const check = model.checks.get(name);
    expect(health[how](name)).toBe(check !== undefined);
    if (check) model[how](check);
  },
});

const drain: Command = {
  says: "drain",
  run: async (model, { health }) => {
    health.drain();
    model.draining = true;
  },
};

const close: Command = {
  says: "close",
  run: async (model, { health }) => {
    await health.close();
    model.close();
  },
};

const probe = (scope: Probe | undefined): Command => ({
  says: `report ${scope ?? "everything"}`,
  run: async (model, { health, clock }) => {
    const report = health.report(scope);
    const waitMs = model.request(scope);
    await clock.advance(waitMs);
    model.advance(waitMs);
    expect(seen(await report)).toEqual(model.report(scope, true));
  },
});

const look = (scope: Probe | undefined): Command => ({
  says: `snapshot ${scope ?? "everything"}`,
  run: async (model, { health }) => expect(seen(health.snapshot(scope))).toEqual(model.report(scope, false)),
});

const name = fc.constantFrom(...names);
const mode = fc.constantFrom<Mode>("ok", "warn", "fail", "hang");
const scope = fc.constantFrom<Probe | undefined>("live", "ready", "startup", undefined);

// What falls on one moment happens in an order that nothing lays down: background runs keep off the beat of everything else.
// Fractions of two, so that sums stay exact.
const offBeat = <B extends { intervalMs: number }>(background: B, { timeoutMs }: { timeoutMs: number }): B & { timeoutMs: number } => ({
  ...background,
  intervalMs: background.intervalMs + 2 ** -20,
  timeoutMs: timeoutMs + 2 ** -22,
});

const options: fc.Arbitrary<ModelOptions> = fc
  .record({
    probes: fc.subarray<Probe>(["live", "ready", "startup"]),
    critical: fc.boolean(),
    timeoutMs: fc.integer({ min: 1, max: 750 }),
    cacheMs: fc.integer({ min: 0, max: 2000 }),
    errorCacheMs: fc.integer({ min: 0, max: 1000 }),
    failureThreshold: fc.integer({ min: 1, max: 3 }),
    successThreshold: fc.integer({ min: 1, max: 3 }),
    background: fc.option(fc.record({ intervalMs: fc.integer({ min: 1, max: 3000 }), staleAfterMs: fc.option(fc.integer({ min: 1, max: 4000 }), { nil: undefined }) }), { nil: undefined }),
  })
  .map(({ background, ...rest }) => ({ ...rest, ...(background && offBeat(background, rest)) }));

const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, options, mode).map((args) => register(...args)) },
  { weight: 1, arbitrary: name.map(unregister) },
  { weight: 4, arbitrary: fc.tuple(name, mode).map((args) => behave(...args)) },
  { weight: 2, arbitrary: fc.tuple(name, fc.constantFrom("ok", "warn", "fail")).map(([which, how]) => release(which, how as Exclude<Mode, "hang">)) },
  { weight: 6, arbitrary: fc.oneof(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 3000, max: 20_000 })).map(advance) },
  { weight: 1, arbitrary: fc.tuple(name, fc.constantFrom("pause", "resume")).map(([which, how]) => pause(which, how as "pause" | "resume")) },
  { weight: 6, arbitrary: scope.map(probe) },
  { weight: 4, arbitrary: scope.map(look) },
  { weight: 1, arbitrary: fc.constant(drain) },
  { weight: 1, arbitrary: fc.constant(close) },
);

/** A service with some checks, and what becomes of it: long enough that runs hang, are given up and results go stale. */
const sequence: fc.Arbitrary<Command[]> = fc
  .tuple(
    fc.array(fc.tuple(name, options, mode).map((args) => register(...args)), { minLength: 1, maxLength: 3 }),
    fc.array(command, { minLength: 15, maxLength: 40, size: "max" }),
  )
  .map(([registers, others]) => [...registers, ...others]);

/** How many sequences: a thousand, or as many as `MODEL_RUNS` says. */
const numRuns = Number(process.env["MODEL_RUNS"] ?? 1000);

describe("the library and a small model of its semantics", () => {
  // Jitter would make the two part.
  beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(0.5));
  afterEach(() => void vi.restoreAllMocks());

  it(`say the same after any of ${numRuns} sequences of up to 43 commands`, async () => {
    await fc.assert(
      fc.asyncProperty(sequence, async (commands) => {
        const [model, stage] = [new Model(), real()];
        const done: string[] = [];
        try {
          for (const each of commands) {
            done.push(each.says);
            await each.run(model, stage);
            sameRuns(model, stage);
          }
        } catch (error) {
          throw new Error(`after\n  ${done.join("\n  ")}\n${(error as Error).message}`, { cause: error });
        } finally {
          await stage.health.close();
        }
        expect(stage.clock.armed).toBe(0);
      }),
      { numRuns, seed: Number(process.env["MODEL_SEED"] ?? Date.now() % 2 ** 31) },
    );
  }, Math.max(600_000, numRuns * 300));
});
