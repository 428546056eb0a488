import { isHealthError, type ChangeEvent, type LogEntry } from "probekit";
import { afterEach, describe, expect, it, vi } from "vitest";
import { settle } from "../support/fake-clock.js";
import { hung, testHealth } from "../support/scripted.js";

afterEach(() => {
  vi.restoreAllMocks();
});

/** Reports once for each outcome, a second apart. */
const through = async (outcomes: boolean[], options: { failureThreshold?: number } = {}) => {
  const { health, clock, log } = testHealth({ cacheMs: 0, errorCacheMs: 0 });
  const events: ChangeEvent[] = [];
  let run = 0;
  health.on("change", (event) => events.push(event));
  health.register("db", () => outcomes[run++], options);
  for (const _ of outcomes) {
    await health.report("ready");
    await clock.advance(1000);
  }
  return { events, log };
};

describe("a change", () => {
  it("is told once, with what was before, for how long, and the failures counted", async () => {
    const { events } = await through([true, true, false, false, false, true]);
    expect(events).toEqual([
      { name: "db", status: "ok", previousStatus: "pending", lastedMs: 0, failures: 0 },
      { name: "db", status: "error", previousStatus: "ok", reason: "failed", lastedMs: 2000, failures: 1 },
      { name: "db", status: "ok", previousStatus: "error", lastedMs: 3000, failures: 3 },
    ]);
  });

  it("waits for its threshold", async () => {
    const { events } = await through([true, false, false, true], { failureThreshold: 2 });
    expect(events.map(({ status, failures }) => [status, failures])).toEqual([["ok", 0], ["error", 2], ["ok", 2]]);
  });

  it("is logged once, and a steady state is quiet", async () => {
    const { log } = await through([true, true, false, false, false, true, true]);
    expect(log.map(({ level, event, status, previousStatus, lastedMs }) => ({ level, event, status, previousStatus, lastedMs }))).toEqual([
      { level: "debug", event: "change", status: "ok", previousStatus: "pending", lastedMs: 0 },
      { level: "error", event: "change", status: "error", previousStatus: "ok", lastedMs: 2000 },
      { level: "info", event: "change", status: "ok", previousStatus: "error", lastedMs: 3000 },
    ]);
    expect(log[2]?.message).toBe('check "db" is ok; it was error for 3.0 s, after 3 failed runs');
  });

  it("is logged as warn when the check warns", async () => {
    const { health, log } = testHealth();
    health.register("pool", () => ({ status: "warn", message: "full" }));
    await health.report("ready");
    expect(log).toMatchObject([{ level: "warn", status: "warn", message: 'check "pool" is warn (failed: full); it was pending for 0.0 s' }]);
  });
});

describe("a registration", () => {
  it("is told when a check is added and when it is removed, after the one and before its first run", () => {
    const { health } = testHealth();
    const seen: unknown[] = [];
    health.on("result", ({ name }) => seen.push(["ran", name]));
    health.on("registration", (event) => seen.push([event, Object.keys(health.snapshot("ready").checks)]));
    health.register("db", () => true, { intervalMs: 1000 });
    health.unregister("db");
    health.unregister("db");
    expect(seen).toEqual([
      [{ name: "db", registered: true }, ["db"]],
      ["ran", "db"],
      [{ name: "db", registered: false }, []],
    ]);
  });

  it("whose listener removes the check again leaves nothing that runs", async () => {
    const { health, clock } = testHealth();
    let runs = 0;
    health.on("registration", ({ name, registered }) => registered && health.unregister(name));
    health.register("db", () => void (runs += 1), { intervalMs: 1000 });
    await clock.advance(10_000);
    expect([runs, clock.armed]).toEqual([0, 0]);
  });

  it("that is refused, or ends with close, is not told", async () => {
    const { health } = testHealth();
    health.register("db", () => true);
    const seen: unknown[] = [];
    health.on("registration", (event) => seen.push(event));
    expect(() => health.register("db", () => true)).toThrow(/registered already/);
    await health.close();
    expect(seen).toEqual([]);
  });
});

describe("a listener", () => {
  it("that throws, rejects or mutates harms nobody", async () => {
    const { health, log } = testHealth();
    const seen: ChangeEvent[] = [];
    health.on("change", () => {
      throw new Error("listener");
    });
    health.on("change", (async () => Promise.reject(new Error("later"))) as () => void);
    health.on("change", (event) => {
      (event as { status: string }).status = "broken";
    });
    health.on("change", (event) => seen.push(event));
    health.register("db", () => true);
    expect((await health.report("ready")).status).toBe("healthy");
    await settle();
    expect(seen).toMatchObject([{ status: "ok" }]);
    expect(log.filter(({ event }) => event === "problem").map(({ error }) => error?.name)).toEqual(["Error", "TypeError", "Error"]);
  });

  it("hears nothing after it unsubscribed", async () => {
    const { health } = testHealth();
    let heard = 0;
    const listener = (): void => void (heard += 1);
    const off = health.on("change", listener);
    health.on("change", listener);
    off();
    off();
    health.register("db", () => true);
    await health.report("ready");
    expect(heard).toBe(1);
  });

  it("may unregister the check that changed", async () => {
    const { health } = testHealth();
    health.on("change", ({ name }) => void health.unregister(name));
    health.register("db", () => false);
    await health.report("ready");
    expect((await health.report("ready")).checks).toEqual({});
  });

  it("of an unknown event, or that is no function, throws", () => {
    const { health } = testHealth();
    for (const wrong of [() => health.on("chnage" as never, () => {}), () => health.on("change", undefined as never), () => health.on("constructor" as never, () => {})]) {
      expect(wrong).toThrow(expect.objectContaining({ name: "HealthError" }));
      try {
        wrong();
      } catch (error) {
        expect(isHealthError(error)).toBe(true);
      }
    }
  });
});

describe("the log", () => {
  const logged = async (error: unknown): Promise<LogEntry> => {
    const { health, log } = testHealth();
    health.register("db", () => Promise.reject(error));
    await health.report("ready");
    return log[0]!;
  };

  it("has the cause: name, message, code, stack and cause, and no other property", async () => {
    const cause = Object.assign(new Error("socket"), { code: "ECONNREFUSED", address: "10.0.0.1" });
    const error = Object.assign(new TypeError("no database", { cause }), { code: 42, password: "hunter2", config: { key: "k" } });
    const entry = await logged(error);
    expect(entry).toMatchObject({ level: "error", event: "change", check: "db", status: "error", previousStatus: "pending" });
    expect(entry.error).toEqual({
      name: "TypeError", message: "no database", code: "42", stack: error.stack,
      cause: { name: "Error", message: "socket", code: "ECONNREFUSED", stack: cause.stack },
    });
    expect(JSON.stringify(entry)).not.toContain("hunter2");
  });

  it("masks credentials in every part", async () => {
    const error = new Error("postgres://app:hunter2@db/x", { cause: new Error("redis://:hunter2@r:6379 and https://hunter2@sentry") });
    const text = JSON.stringify(await logged(error));
    expect(text).not.toContain("hunter2");
    expect(text).toContain("postgres://***@db/x");
  });

  it("survives a cause that causes itself", async () => {
    const error = new Error("loop");
    error.cause = error;
    expect((await logged(error)).error?.cause?.cause?.message).toBe("loop");
  });

  it("names a thrown value that is no error", async () => {
    expect((await logged("down")).error).toEqual({ name: "NonError", message: "down" });
  });

  it.each([
    ["throws", () => { throw new Error("logger"); }],
    ["rejects", () => Promise.reject(new Error("logger"))],
  ])("that %s takes no report with it", async (_name, logger) => {
    const { health } = testHealth({ logger: logger as () => void });
    health.register("db", () => false);
    expect((await health.report("ready")).status).toBe("unhealthy");
    await settle();
  });

  it("is a line on the console by default, debug left out", async () => {
    const lines = { error: vi.spyOn(console, "error").mockImplementation(() => {}), debug: vi.spyOn(console, "debug").mockImplementation(() => {}) };
    const { health } = testHealth({ logger: undefined });
    health.register("good", () => true);
    health.register("db", () => Promise.reject(new Error("refused")));
    await health.report("ready");
    expect(lines.error.mock.calls).toEqual([['probekit: check "db" is error (failed: refused); it was pending for 0.0 s']]);
    expect(lines.debug.mock.calls).toEqual([]);
  });

  it("is one line on the console, causes and all, whatever a message holds", async () => {
    const lines = vi.spyOn(console, "error").mockImplementation(() => {});
    const { health } = testHealth({ logger: undefined });
    const refused = Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
    health.register("api", () => Promise.reject(new TypeError("fetch failed\nprobekit: all is well\u001b[2J", { cause: refused })));
    await health.report("ready");
    expect(lines.mock.calls).toEqual([
      ['probekit: check "api" is error (failed: fetch failed probekit: all is well [2J); it was pending for 0.0 s; caused by ECONNREFUSED: connect ECONNREFUSED'],
    ]);
  });

  it("names undefined that was thrown", async () => {
    expect((await logged(undefined)).error).toEqual({ name: "NonError", message: "undefined" });
  });

  it("shows no credentials of a value that a check returned by mistake", async () => {
    const { health, log } = testHealth();
    health.register("db", () => `postgres://orders:${"S3cret".repeat(30)}@db/x` as never);
    const report = await health.report("ready");
    expect(JSON.stringify([log, report])).not.toContain("S3cret");
    expect(() => health.register("url", "redis://:hunter2@r" as never)).toThrow('check "url" must be a function; got "redis://***@r"');
  });

  it("is quiet with false", async () => {
    const line = vi.spyOn(console, "error").mockImplementation(() => {});
    const { health, clock } = testHealth({ logger: false });
    health.register("db", hung().check);
    const report = health.report("ready");
    await clock.advance(500);
    await report;
    expect(line.mock.calls).toEqual([]);
  });
});
