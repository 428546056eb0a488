import { getEventListeners } from "node:events";
import { createServer } from "node:http";
import { createHealth, isHealthError, type Health } from "probekit";
import { shutdownOnSignal, type ShutdownOptions, type Stoppable } from "probekit/shutdown";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { listen } from "../adapters/listen.js";
import { endlessDelay, loggingHealth, scene } from "./support/scene.js";

describe("shutdown()", () => {
  it("gives every call the same promise, which tells what happened", async () => {
    const { shutdown } = scene();
    const first = shutdown("deploy");
    expect(shutdown("again")).toBe(first);
    expect(await first).toEqual({ reason: "deploy", exitCode: 0, tookMs: expect.any(Number), unfinished: [] });
    expect(shutdown()).toBe(first);
  });

  it("drains, aborts the signal and logs in the same turn", () => {
    const { shutdown, signal, health, lines } = scene();
    expect(signal.aborted).toBe(false);
    void shutdown();
    expect(signal.aborted).toBe(true);
    expect(health.snapshot("ready").status).toBe("unhealthy");
    expect(lines).toEqual(["info: draining: ready is unhealthy from now on", "info: shutdown began: shutdown(); without delay"]);
  });

  it("that a listener of the drain calls joins the one that began", async () => {
    const made = loggingHealth();
    const { shutdown } = scene(undefined, {}, made);
    const joined: Promise<unknown>[] = [];
    made.health.on("lifecycle", () => joined.push(shutdown("by the listener")));
    const report = await shutdown("by hand");
    expect(report.reason).toBe("by hand");
    expect(await Promise.all(joined)).toEqual([report, report]);
  });

  it("never rejects, whatever a server does", async () => {
    const server = createServer();
    await listen(server);
    server.close = () => {
      throw new Error("no way");
    };
    const { shutdown, onShutdown, lines } = scene(server);
    onShutdown("pool", () => lines.push("pool"));
    expect(await shutdown()).toMatchObject({ exitCode: 1, unfinished: ["a step of the shutdown (failed)"] });
    expect(lines.slice(-3, -1)).toEqual(["error: a step of the shutdown failed; it goes on (no way)", "pool"]);
    Reflect.deleteProperty(server, "close");
  });

  it("is quiet about itself with logger: false", async () => {
    const written = vi.spyOn(console, "info");
    onTestFinished(() => written.mockRestore());
    await scene(undefined, {}, { health: createHealth({ logger: false }), lines: [] }).shutdown();
    expect(written).not.toHaveBeenCalled();
  });

  it("lets a hundred streams listen to its signal without a warning", async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning);
    process.on("warning", onWarning);
    onTestFinished(() => void process.off("warning", onWarning));
    const { signal } = scene();
    for (let at = 0; at < 100; at++) signal.addEventListener("abort", () => {});
    await new Promise((resolve) => void setImmediate(resolve));
    expect([getEventListeners(signal, "abort").length, warnings]).toEqual([100, []]);
  });
});

describe("signals", () => {
  const heard = (signal: NodeJS.Signals): number => process.listenerCount(signal);

  it("are listened to once for each shutdown, and no more when it is done", async () => {
    const before = [heard("SIGTERM"), heard("SIGINT")];
    const { shutdown } = shutdownOnSignal(createHealth({ logger: false }), undefined, { exit: false });
    expect([heard("SIGTERM"), heard("SIGINT")]).toEqual(before.map((count) => count + 1));
    await shutdown();
    expect([heard("SIGTERM"), heard("SIGINT")]).toEqual(before);
  });

  it("are not listened to with signals: []", () => {
    const before = [heard("SIGTERM"), heard("SIGINT")];
    shutdownOnSignal(createHealth({ logger: false }), undefined, { exit: false, signals: [] });
    expect([heard("SIGTERM"), heard("SIGINT")]).toEqual(before);
  });

  it("of the first tenth of a second count as one, and a later one breaks off", async () => {
    const server = createServer();
    await listen(server);
    const { shutdown, lines } = scene(server, { ...endlessDelay, signals: ["SIGUSR2", "SIGHUP"] });
    const from = performance.now();
    for (let at = 0; at < 3; at++) process.emit("SIGHUP", "SIGHUP");
    const again = setInterval(() => process.emit("SIGUSR2", "SIGUSR2"), 20);
    const report = await shutdown();
    clearInterval(again);
    expect(report).toMatchObject({ reason: "SIGHUP", exitCode: 1, unfinished: [] });
    expect(performance.now() - from).toBeGreaterThanOrEqual(98);
    expect(lines.at(-1)).toMatch(/^error: shutdown broken off by a second SIGUSR2 after \d\.\d s$/);
    expect(server.listening).toBe(false);
  });

  it("leave a shutdown alone that was called for, the first of them", async () => {
    const server = createServer();
    await listen(server);
    const { shutdown } = scene(server, { drainDelayMs: 400, signals: ["SIGHUP"] });
    const ended = shutdown();
    process.emit("SIGHUP", "SIGHUP");
    expect(await ended).toMatchObject({ reason: "shutdown()", exitCode: 0 });
  });
});

describe("what is not valid", () => {
  const health = createHealth({ logger: false });

  const refusal = (make: () => unknown): readonly [string, string] => {
    try {
      make();
    } catch (error) {
      if (isHealthError(error)) return [error.code, error.message];
      throw error;
    }
    throw new Error("it was not refused");
  };

  const longest = 2_147_483_647;

  it.each<[ShutdownOptions | Record<string, unknown>, string]>([
    [{ signals: "SIGTERM" }, "signals must be an array of signals; got SIGTERM"],
    [{ signals: ["TERM"] }, "a signal of signals must be one that a process can listen to, such as SIGTERM; got TERM"],
    [{ signals: ["SIGKILL"] }, "a signal of signals must be one that a process can listen to, such as SIGTERM; got SIGKILL"],
    [{ signals: [15] }, "a signal of signals must be one that a process can listen to, such as SIGTERM; got 15"],
    [{ drainDelayMs: -1 }, `drainDelayMs must be a number of milliseconds from 0 to ${longest}; got -1`],
    [{ drainDelayMs: "5" }, `drainDelayMs must be a number of milliseconds from 0 to ${longest}; got 5`],
    [{ drainDelayMs: NaN }, `drainDelayMs must be a number of milliseconds from 0 to ${longest}; got NaN`],
    [{ timeoutMs: 0 }, `timeoutMs must be a number of milliseconds from 1 to ${longest}; got 0`],
    [{ timeoutMs: 5000 }, "timeoutMs must be greater than drainDelayMs (5000); got 5000"],
    [{ drainDelayMs: 30_000 }, "timeoutMs must be greater than drainDelayMs (30000); got 25000"],
    [{ hookTimeoutMs: Infinity }, `hookTimeoutMs must be a number of milliseconds from 1 to ${longest}; got Infinity`],
    [{ failReady: "no" }, "failReady must be a boolean; got no"],
    [{ uncaught: 1 }, "uncaught must be a boolean; got 1"],
    [{ exit: null }, "exit must be a boolean; got null"],
    [{ onShutdown: "close" }, "onShutdown must be a function, { name, run }, or an array of those; got close"],
    [{ onShutdown: [null] }, "onShutdown must be a function, { name, run }, or an array of those; got null"],
    [{ onShutdown: { name: "", run: () => {} } }, "the name of a hook must be a string that is not empty; got "],
    [{ onShutdown: { name: "db" } }, 'run of hook "db" must be a function; got undefined'],
    [{ onShutdown: { name: "db", run: () => {}, timeoutMs: 0 } }, `timeoutMs of hook "db" must be a number of milliseconds from 1 to ${longest}; got 0`],
  ])("%j is refused", (options, message) => {
    expect(refusal(() => shutdownOnSignal(health, undefined, options as ShutdownOptions))).toEqual(["invalid-option", message]);
  });

  it("an option that nobody knows is refused with those that there are", () => {
    const message = "shutdownOnSignal has no option \"drainDelay\"; it has signals, drainDelayMs, timeoutMs, failReady, hookTimeoutMs, onShutdown, uncaught, exit";
    expect(refusal(() => shutdownOnSignal(health, undefined, [] as ShutdownOptions))).toEqual(["invalid-option", "shutdownOnSignal's options must be an object; got an array"]);
    const named = { name: "pool", run: () => {}, timeout: 5 };
    const inHook = "hook \"pool\" has no option \"timeout\"; it has timeoutMs";
    expect(refusal(() => shutdownOnSignal(health, undefined, { onShutdown: named }))).toEqual(["unknown-option", inHook]);
    const { onShutdown } = shutdownOnSignal(health, undefined, { signals: [] });
    expect(refusal(() => onShutdown("pool", () => {}, { timeout: 5 } as object))).toEqual(["unknown-option", inHook]);
    expect(refusal(() => onShutdown("pool", () => {}, 5 as unknown as object))).toEqual(["invalid-option", "hook \"pool\"'s options must be an object; got 5"]);
    expect(refusal(() => shutdownOnSignal(health, undefined, { drainDelay: 5 } as ShutdownOptions))).toEqual(["unknown-option", message]);
    expect(refusal(() => shutdownOnSignal(health, undefined, 5000 as ShutdownOptions))).toEqual(["invalid-option", "shutdownOnSignal's options must be an object; got 5000"]);
  });

  it.each([[{}], [() => {}], ["server"], [null], [[createServer(), 3000]], [{ close: () => {} }]])("a server like %o is refused", (server) => {
    const [code, message] = refusal(() => shutdownOnSignal(health, server as Stoppable));
    expect([code, message.split(";")[0]]).toEqual([
      "invalid-option",
      "server must be a server of Node, what listen() returned, a Fastify instance, a WebSocketServer, or an array of those",
    ]);
  });

  it("a health that createHealth did not make is refused", () => {
    expect(refusal(() => shutdownOnSignal({} as Health))[0]).toBe("invalid-health");
  });

  it("a hook that is none is refused where it is added", () => {
    const { onShutdown } = scene();
    expect(refusal(() => onShutdown("", () => {}))[0]).toBe("invalid-option");
    expect(refusal(() => onShutdown("db", undefined as unknown as () => void))[1]).toBe('run of hook "db" must be a function; got undefined');
    expect(refusal(() => onShutdown("db", () => {}, { timeoutMs: -1 }))[1]).toContain('timeoutMs of hook "db" must be');
  });

  it("leaves no listener behind", () => {
    const before = process.listenerCount("SIGTERM");
    refusal(() => shutdownOnSignal(health, {} as Stoppable));
    expect(process.listenerCount("SIGTERM")).toBe(before);
  });
});
