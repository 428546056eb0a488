import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { expectNoRejections } from "../support/rejections.js";
import { becomes } from "./support/line.js";
import { loggingHealth, scene } from "./support/scene.js";

expectNoRejections();

const hangs = (): Promise<never> => new Promise(() => {});

describe("hooks", () => {
  it("run one after the other, the last one first, with the reason", async () => {
    const order: string[] = [];
    const slowly = (name: string) => async (reason: string) => {
      order.push(`${name} begins: ${reason}`);
      await sleep(5);
      order.push(`${name} ends`);
    };
    const { shutdown, onShutdown } = scene(undefined, { onShutdown: [slowly("a"), { name: "b", run: slowly("b") }] });
    onShutdown("c", slowly("c"));
    expect(await shutdown("SIGX")).toMatchObject({ exitCode: 0, unfinished: [] });
    expect(order).toEqual(["c begins: SIGX", "c ends", "b begins: SIGX", "b ends", "a begins: SIGX", "a ends"]);
  });

  it("run when the health is closed, so that no check fails on what they close", async () => {
    const made = loggingHealth();
    const { health } = made;
    let run: AbortSignal | undefined;
    const seen: unknown[] = [];
    health.register("database", ({ signal }) => {
      run = signal;
      return hangs();
    }, { intervalMs: 1 });
    const { shutdown } = scene(undefined, { onShutdown: () => void seen.push(health.snapshot().lifecycle, run?.aborted) }, made);
    await becomes(() => run?.aborted, false);
    expect(await shutdown()).toMatchObject({ exitCode: 0 });
    expect(seen).toEqual(["closed", true]);
  });

  it("that are taken back do not run", async () => {
    const order: string[] = [];
    const { shutdown, onShutdown } = scene();
    const takeBack = onShutdown("a", () => order.push("a"));
    onShutdown("b", () => order.push("b"));
    takeBack();
    takeBack();
    await shutdown();
    expect(order).toEqual(["b"]);
  });

  it("that are added while others run come next", async () => {
    const order: string[] = [];
    const { shutdown, onShutdown } = scene();
    onShutdown("a", () => order.push("a"));
    onShutdown("b", () => {
      order.push("b");
      onShutdown("c", () => order.push("c"));
    });
    await shutdown();
    expect(order).toEqual(["b", "c", "a"]);
  });

  it.each([
    ["throws", () => { throw new Error("no way"); }],
    ["rejects", () => Promise.reject(new Error("no way"))],
  ])("that %s are logged with the cause and make the exit code 1, and the others run", async (_, run) => {
    let hasRun = false;
    const { shutdown, onShutdown, lines } = scene(undefined, { onShutdown: () => void (hasRun = true) });
    onShutdown("database", run);
    expect(await shutdown()).toMatchObject({ exitCode: 1, unfinished: ['hook "database" (failed)'] });
    expect(hasRun).toBe(true);
    expect(lines).toContain('error: hook "database" failed (no way)');
    expect(lines.at(-1)).toMatch(/^error: shutdown finished in 0\.\d s, not cleanly: hook "database" \(failed\)$/);
  });

  it("that hang are given up after their own limit, or the common one", async () => {
    const { shutdown, onShutdown, lines } = scene(undefined, { hookTimeoutMs: 40 });
    onShutdown("first", hangs, { timeoutMs: 60 });
    onShutdown("second", hangs);
    const report = await shutdown();
    expect(report).toMatchObject({ exitCode: 1, unfinished: ['hook "second" (not finished within 40 ms)', 'hook "first" (not finished within 60 ms)'] });
    expect(report.tookMs).toBeGreaterThanOrEqual(98);
    expect(lines).toContain('error: hook "second" did not finish within 40 ms; the shutdown goes on');
  });

  it("share what is left when it would not do for all of them, so that each has its turn", async () => {
    const begun: string[] = [];
    const { shutdown, onShutdown } = scene(undefined, { timeoutMs: 400 });
    for (const name of ["a", "b", "c", "d"]) {
      onShutdown(name, () => {
        begun.push(name);
        return name === "a" ? undefined : hangs();
      });
    }
    const report = await shutdown();
    expect(begun).toEqual(["d", "c", "b", "a"]);
    expect(report.unfinished.map((each) => each.slice(0, 8))).toEqual(['hook "d"', 'hook "c"', 'hook "b"']);
    expect(report.exitCode).toBe(1);
  });

  it("have their whole limit where little is to come, though the limits of all exceed what is left", async () => {
    const { shutdown, onShutdown } = scene(undefined, { timeoutMs: 3000 });
    for (const name of ["a", "b", "c"]) onShutdown(name, () => {});
    onShutdown("database", () => sleep(1000));
    expect(await shutdown()).toMatchObject({ exitCode: 0, unfinished: [] });
  });

  it("that register themselves again and again end with the limit", async () => {
    const { shutdown, onShutdown } = scene(undefined, { timeoutMs: 50 });
    const again = (): void => void onShutdown("again", again);
    again();
    expect(await shutdown()).toMatchObject({ exitCode: 1 });
  });

  it("that come after the shutdown are not run, and the log says so", async () => {
    const { shutdown, onShutdown, lines } = scene();
    await shutdown();
    onShutdown("late", () => lines.push("run"));
    expect(lines.at(-1)).toBe('warn: hook "late" came after the shutdown and is not run');
  });

  it("that fail after they were given up do no harm", async () => {
    const { shutdown, onShutdown } = scene();
    let fail = (): void => {};
    onShutdown("late", () => new Promise((_, reject) => (fail = () => reject(new Error("too late")))), { timeoutMs: 5 });
    expect(await shutdown()).toMatchObject({ exitCode: 1 });
    fail();
  });

  it("that a second signal finds running are given up at once, and the others not begun", async () => {
    const { onShutdown, breakOff } = scene();
    onShutdown("first", hangs, { timeoutMs: 50_000 });
    onShutdown("last", hangs, { timeoutMs: 50_000 });
    expect(await breakOff()).toMatchObject({ exitCode: 1, unfinished: ['hook "last" (not finished)', 'hook "first" (not begun)'] });
  });

  it("are called by their function's name, or their number", async () => {
    const { shutdown } = scene(undefined, { hookTimeoutMs: 1, onShutdown: [() => hangs(), hangs, { name: "pool", run: hangs }] });
    const { unfinished } = await shutdown();
    expect(unfinished.map((each) => each.split(" (")[0])).toEqual(['hook "pool"', 'hook "hangs"', 'hook "onShutdown 1"']);
  });
});
