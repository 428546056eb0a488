import { createHealth, isHealthError, type CheckOptions, type HealthError, type HealthOptions } from "probekit";
import { describe, expect, it } from "vitest";
import { hung, scripted, testHealth } from "../support/scripted.js";

const thrown = (action: () => unknown): HealthError => {
  try {
    action();
  } catch (error) {
    if (isHealthError(error)) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

const silent: HealthOptions = { logger: false };

describe("a duplicate name", () => {
  it("throws and the first check stays", async () => {
    const health = createHealth(silent);
    health.register("db", () => true);
    const error = thrown(() => health.register("db", () => false));
    expect(error.code).toBe("duplicate-name");
    expect(error.message).toBe('a check named "db" is registered already; it stays');
    expect((await health.report("ready")).checks["db"]?.status).toBe("ok");
  });

  it("is free again after unregister", () => {
    const health = createHealth(silent);
    health.register("db", () => true);
    expect(health.unregister("db")).toBe(true);
    expect(health.unregister("db")).toBe(false);
    expect(() => health.register("db", () => true)).not.toThrow();
  });
});

describe("a name", () => {
  it.each(["", "a/b", "a\nb", "1a", "-a", " a", "a b", "é", "a".repeat(64), "a%2f", "a\n"])("%j throws invalid-name", (name) => {
    const error = thrown(() => createHealth(silent).register(name, () => true));
    expect(error.code).toBe("invalid-name");
    expect(error.message).toContain("name");
  });

  it.each([undefined, null, 42, {}, Symbol("x")])("of another type throws: %s", (name) => {
    expect(thrown(() => createHealth(silent).register(name as never, () => true)).code).toBe("invalid-name");
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "a:b.c-d_e", "_", "a".repeat(63)])("%s is ordinary", async (name) => {
    const health = createHealth(silent);
    health.register(name, () => ({ status: "warn" }));
    const report = JSON.parse(JSON.stringify(await health.report("ready"))) as { causes: string[]; checks: object };
    expect(Object.keys(report.checks)).toEqual([name]);
    expect(report.causes).toEqual([name]);
  });
});

describe("a check that is no function", () => {
  it.each([undefined, null, "SELECT 1", {}, Promise.resolve()])("throws invalid-check: %s", async (check) => {
    const health = createHealth(silent);
    expect(thrown(() => health.register("db", check as never)).code).toBe("invalid-check");
    expect(await health.report("ready")).toMatchObject({ status: "healthy", checks: {} });
  });
});

describe("an option of register", () => {
  const cases: [keyof CheckOptions, unknown][] = [
    ...[0, -1, NaN, Infinity, -Infinity, 2_147_483_648, "500", null, {}, true].map((value): [keyof CheckOptions, unknown] => ["timeoutMs", value]),
    ["timeoutMs", 751],
    ["cacheMs", -1],
    ["cacheMs", Infinity],
    ["errorCacheMs", "0"],
    ["intervalMs", 0],
    ["initialDelayMs", 0],
    ["staleAfterMs", 1000],
    ["failureThreshold", 0],
    ["failureThreshold", 1.5],
    ["successThreshold", "2"],
    ["warnAfterMs", 0],
    ["critical", "yes"],
    ["critical", null],
    ["probes", "ready"],
    ["probes", null],
    ["enabled", "true"],
    ["enabled", 1],
  ];

  it.each(cases)("%s: %s throws, naming the option and the value", async (option, value) => {
    const health = createHealth(silent);
    const error = thrown(() => health.register("db", () => true, { [option]: value }));
    expect(error.code).toBe("invalid-option");
    expect(error.message).toContain(option);
    expect(error.message).toContain(typeof value === "object" && value !== null ? "an object" : String(value));
    expect((await health.report()).checks).toEqual({});
  });

  it("probes with an unknown probe throws unknown-probe", () => {
    const error = thrown(() => createHealth(silent).register("db", () => true, { probes: ["ready", "alive" as never] }));
    expect(error.code).toBe("unknown-probe");
    expect(error.message).toContain('"alive"');
  });

  it("that does not exist throws, so that a typing slip is heard", () => {
    const error = thrown(() => createHealth(silent).register("db", () => true, { timeout: 500 } as never));
    expect(error.code).toBe("unknown-option");
    expect(error.message).toContain('"timeout"');
  });

  it("timeoutMs that createHealth set too high is blamed on createHealth", () => {
    const health = createHealth({ ...silent, timeoutMs: 1000 });
    expect(thrown(() => health.register("db", () => true)).message).toBe(
      'createHealth\'s timeoutMs, the default of timeoutMs of check "db", must be at most deadlineMs (750) without intervalMs; got 1000',
    );
  });

  it("timeoutMs over deadlineMs is fine with an interval", () => {
    const { health } = testHealth();
    expect(() => health.register("db", hung().check, { timeoutMs: 5000, intervalMs: 10_000 })).not.toThrow();
  });

  it("undefined means the default", async () => {
    const { health } = testHealth();
    const nothing = Object.fromEntries(
      ["probes", "critical", "timeoutMs", "cacheMs", "errorCacheMs", "intervalMs", "initialDelayMs", "staleAfterMs", "enabled"].map(
        (option) => [option, undefined],
      ),
    );
    health.register("db", () => true, nothing);
    expect((await health.report("ready")).checks["db"]).toMatchObject({ status: "ok", critical: true, probes: ["ready"] });
  });
});

describe("an option of createHealth", () => {
  const cases: [keyof HealthOptions, unknown][] = [
    ["deadlineMs", 0],
    ["deadlineMs", "750"],
    ["timeoutMs", NaN],
    ["cacheMs", -1],
    ["errorCacheMs", Infinity],
    ["maxConcurrency", 0],
    ["maxConcurrency", 1.5],
    ["maxConcurrency", Infinity],
    ["startup", "lazy"],
    ["logger", true],
    ["logger", console],
    ["service", 1],
    ["version", 2],
    ["clock", {}],
    ["clock", null],
  ];

  it.each(cases)("%s: %s throws, naming the option", (option, value) => {
    const error = thrown(() => createHealth({ [option]: value }));
    expect(error.code).toBe("invalid-option");
    expect(error.message).toContain(option);
  });

  it("that does not exist throws", () => {
    expect(thrown(() => createHealth({ deadline: 1 } as never)).code).toBe("unknown-option");
  });

  it("deadlineMs under 750 makes the default timeout two thirds of it", async () => {
    const { health, clock } = testHealth({ deadlineMs: 600 });
    health.register("db", hung().check);
    const report = health.report("ready");
    await clock.advance(400);
    expect((await report).checks["db"]).toMatchObject({ reason: "timeout", latencyMs: 400 });
  });
});

describe("unregister", () => {
  it("aborts the run, releases those who wait and leaves the report", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = scripted();
    health.register("db", check);
    const report = health.report("ready");
    const { signal } = runs[0]!;
    expect(signal.aborted).toBe(false);
    health.unregister("db");
    expect(signal.reason).toMatchObject({ name: "AbortError" });
    expect(await report).toMatchObject({ status: "healthy", checks: {} });
    expect(clock.armed).toBe(0);
  });
});

describe("an unknown probe", () => {
  it.each(["report", "snapshot"] as const)("throws at %s", (method) => {
    expect(thrown(() => createHealth(silent)[method]("alive" as never)).code).toBe("unknown-probe");
  });
});
