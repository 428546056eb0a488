import type { Health } from "probekit";
import { createHealth } from "probekit";
import { describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { testHealth } from "../support/scripted.js";

/** What one listener is told after another, who was told first, has acted. */
const toldAfter = (act: (health: Health) => void) => {
  const made = testHealth({ cacheMs: 0, errorCacheMs: 0 });
  const told: string[] = [];
  act(made.health);
  made.health.on("result", ({ name, status }) => told.push(`${name} said ${status}`));
  made.health.on("change", ({ name, previousStatus, status }) => told.push(`${name} ${previousStatus} -> ${status}`));
  made.health.on("lifecycle", ({ previousLifecycle, lifecycle }) => told.push(`${previousLifecycle} -> ${lifecycle}`));
  made.health.on("registration", ({ name, registered }) => told.push(`${name} ${registered ? "added" : "removed"}`));
  return { ...made, told };
};

describe("a listener that acts", () => {
  it("by pausing what failed: the others hear of the failure first", async () => {
    const { health, told } = toldAfter((of) => of.on("change", ({ name, status }) => void (status === "error" && of.pause(name))));
    health.register("db", () => false);
    await health.report("ready");
    expect(told).toEqual(["db added", "db said error", "db pending -> error", "db error -> skipped"]);
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "skipped" });
  });

  it("by removing the check of a result: its change is still told, and before the removal", async () => {
    const { health, told } = toldAfter((of) => of.on("result", ({ name }) => void of.unregister(name)));
    health.register("db", () => false);
    await health.report("ready");
    expect(told).toEqual(["db added", "db said error", "db pending -> error", "db removed"]);
  });

  it("by closing a service that drains: the others hear that it drains first", () => {
    const { health, told } = toldAfter((of) => of.on("lifecycle", ({ lifecycle }) => void (lifecycle === "draining" && of.close())));
    health.drain();
    expect(told).toEqual(["running -> draining", "draining -> closed"]);
  });

  it("by pausing the check with which startup passed: the run is told as it was", async () => {
    const { health, told } = toldAfter((of) => of.on("lifecycle", ({ lifecycle }) => void (lifecycle === "running" && of.pause("db"))));
    health.register("db", async () => true, { probes: ["startup", "ready"] });
    await health.report("startup");
    expect(told).toEqual(["running -> starting", "db added", "db said ok", "db pending -> ok", "starting -> running", "db ok -> skipped"]);
  });

  it("by taking another off: that one is not called any more", async () => {
    const { health } = testHealth();
    const told: string[] = [];
    const stops: (() => void)[] = [];
    health.on("change", () => stops.forEach((stop) => stop()));
    stops.push(health.on("change", () => void told.push("called")));
    health.register("db", () => true);
    await health.report("ready");
    expect(told).toEqual([]);
  });

  it("by pausing and resuming what failed starts one run a turn", async () => {
    const health = createHealth({ logger: false });
    let runs = 0;
    health.on("change", ({ name, status }) => void (status === "error" && (health.pause(name), health.resume(name))));
    health.register("db", () => (runs++, false), { intervalMs: 1000 });
    await settle();
    expect(runs).toBeLessThan(10);
    await health.close();
  });

  it.each([
    ["a check that answers at once", () => true],
    ["a check that answers later", async () => true],
  ])("by asking for a report at each result of %s leaves the event loop its turns", async (_name, check) => {
    const health = createHealth({ logger: false, cacheMs: 0 });
    health.on("result", () => void health.report("ready"));
    health.register("db", check);
    await health.report("ready");
    await settle();
    await health.close();
    expect(health.snapshot().lifecycle).toBe("closed");
  });
});

describe("a check that removes itself and registers itself again", () => {
  it("leaves the event loop its turns", async () => {
    const health = createHealth({ logger: false });
    let runs = 0;
    const again = (): void => {
      runs += 1;
      health.unregister("db");
      health.register("db", again, { intervalMs: 1000 });
    };
    health.register("db", again, { intervalMs: 1000 });
    await settle();
    expect(runs).toBeLessThan(10);
    await health.close();
  });
});

describe("a logger that asks for a report when a run is given up", () => {
  it("starts no second run beside the one that takes its place", async () => {
    let [starts, open, most] = [0, 0, 0];
    const { clock, health } = testHealth({
      errorCacheMs: 0,
      logger: ({ message }) => void (message.includes("abandoned") && health.report("ready")),
    });
    health.register("db", ({ signal }) => {
      [starts, open] = [starts + 1, open + 1];
      most = Math.max(most, open);
      signal.addEventListener("abort", () => (open -= 1));
      return new Promise(() => {});
    });
    void health.report("ready");
    await clock.advance(5000);
    void health.report("ready");
    await settle();
    expect({ starts, most }).toEqual({ starts: 2, most: 1 });
  });
});

describe("an abort listener that resumes the check", () => {
  it("has its run heard", async () => {
    const { clock, health } = testHealth();
    let runs = 0;
    health.register("db", ({ signal }) => {
      runs += 1;
      if (runs > 1) return true;
      signal.addEventListener("abort", () => void health.resume("db"));
      return new Promise(() => {});
    }, { intervalMs: 1000 });
    await clock.advance(100);
    health.pause("db");
    await settle();
    expect(health.snapshot("ready").checks["db"]).toMatchObject({ status: "ok" });
    expect(runs).toBe(2);
  });
});

describe("a listener that fails at every event", () => {
  it("is told to the log once, and every five minutes", async () => {
    const { clock, health, log } = testHealth();
    health.on("result", () => {
      throw new Error("no");
    });
    health.register("db", () => true, { intervalMs: 1000 });
    await clock.advance(0);
    const told = () => log.filter(({ event }) => event === "problem").length;
    expect(told()).toBe(1);
    for (let minute = 0; minute < 4; minute++) await clock.advance(60_000);
    expect(told()).toBe(1);
    for (let minute = 0; minute < 2; minute++) await clock.advance(60_000);
    expect(told()).toBe(2);
  });
});
