import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createHealth, type CheckOutcome, type HealthOptions, type LogEntry } from "probekit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { notifySystemd } from "../../shutdown/systemd.js";
import { notifyParts, notifySocket, type NotifySocket } from "../support/real/notify-socket.js";
import { describeReal, folder, remove, until } from "../support/real/served.js";
import { expectNoRejections } from "../support/rejections.js";
import { scripted } from "../support/scripted.js";

const useFakeTimers = () => vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });

const inSeconds = { timeout: 20_000, interval: 10 };

/** A health, what it logs, and a check that says what it is told to. */
const watched = (options: HealthOptions = {}) => {
  const log: LogEntry[] = [];
  const health = createHealth({ logger: (entry) => log.push(entry), errorCacheMs: 0, cacheMs: 0, ...options });
  const state: { says: CheckOutcome; runs: number } = { says: false, runs: 0 };
  const check = (): CheckOutcome => {
    state.runs += 1;
    return state.says;
  };
  const told = (): LogEntry[] => log.filter(({ event }) => event === "shutdown");
  return { health, state, check, told };
};

describeReal("notifySystemd", notifyParts(), () => {
  let socket: NotifySocket;
  let ends: (() => void)[] = [];
  expectNoRejections();

  beforeEach(async () => {
    socket = await notifySocket();
    vi.stubEnv("NOTIFY_SOCKET", socket.path);
    for (const name of ["WATCHDOG_USEC", "WATCHDOG_PID"]) vi.stubEnv(name, undefined);
  });

  afterEach(async () => {
    for (const end of ends) end();
    ends = [];
    vi.useRealTimers();
    vi.unstubAllEnvs();
    await socket.close();
  });

  const notifier = (...[health, isListening]: Parameters<typeof notifySystemd>) => {
    const made = notifySystemd(health, isListening);
    ends.push(made.end, () => void health.close());
    return made;
  };

  /** What was sent up to STOPPING=1; what a child that is still under way would send comes before it or counts. */
  const sent = async ({ stopping }: { stopping: () => void }): Promise<string[]> => {
    stopping();
    await expect.poll(() => socket.messages, inSeconds).toContain("STOPPING=1");
    return socket.messages;
  };

  test("says READY=1 once when the ready probe passes for the first time, though nobody else asks", async () => {
    const { health, state, check } = watched();
    health.register("database", check);
    const made = notifier(health);
    await until(() => state.runs === 2);
    expect(socket.messages).toEqual([]);
    state.says = true;
    await expect.poll(() => socket.messages, inSeconds).toEqual(["READY=1"]);
    state.says = false;
    await health.report("ready");
    state.says = true;
    await health.report("ready");
    expect(await sent(made)).toEqual(["READY=1", "STOPPING=1"]);
  }, 30_000);

  test("takes degraded for ready", async () => {
    const { health, check } = watched();
    health.register("recommendations", check, { critical: false });
    notifier(health);
    await expect.poll(() => socket.messages, inSeconds).toEqual(["READY=1"]);
  }, 30_000);

  test("waits for markStarted", async () => {
    const { health, state, check } = watched({ startup: "manual" });
    state.says = true;
    health.register("database", check);
    notifier(health);
    await until(() => state.runs > 0);
    expect(socket.messages).toEqual([]);
    health.markStarted();
    await expect.poll(() => socket.messages, inSeconds).toEqual(["READY=1"]);
  }, 30_000);

  test("runs nothing and is not ready before the server listens", async () => {
    const { health, state, check } = watched();
    state.says = true;
    health.register("database", check);
    let asked = 0;
    let isListening = false;
    notifier(health, () => {
      asked += 1;
      return isListening;
    });
    await until(() => asked > 2);
    expect([state.runs, socket.messages]).toEqual([0, []]);
    expect((await health.report("ready")).status).toBe("healthy");
    const before = asked;
    await until(() => asked > before + 1);
    expect(socket.messages).toEqual([]);
    isListening = true;
    await expect.poll(() => socket.messages, inSeconds).toEqual(["READY=1"]);
  }, 30_000);

  test("hears of it at once when somebody else's probe finds it ready", async () => {
    const { health, state, check } = watched();
    health.register("database", check);
    useFakeTimers();
    notifier(health);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.runs).toBe(1);
    state.says = true;
    await health.report("ready");
    await expect.poll(() => socket.messages, inSeconds).toEqual(["READY=1"]);
    expect(state.runs).toBe(2);
  }, 30_000);

  test("runs a background check no more often than its interval", async () => {
    const { health } = watched();
    const { check, runs, settle } = scripted();
    health.register("queue", check, { intervalMs: 60_000 });
    notifier(health);
    await until(() => runs.length === 1);
    settle(true);
    await expect.poll(() => socket.messages, inSeconds).toEqual(["READY=1"]);
    expect(runs.length).toBe(1);
  }, 30_000);

  test("says STOPPING=1 and no READY=1 any more", async () => {
    const { health, state, check } = watched();
    health.register("database", check);
    const made = notifier(health);
    await until(() => state.runs === 1);
    made.stopping();
    state.says = true;
    await health.report("ready");
    await expect.poll(() => socket.messages, inSeconds).toEqual(["STOPPING=1"]);
  }, 30_000);

  test("stops asking when the health drains before it was ready", async () => {
    const { health, state, check } = watched();
    health.register("database", check);
    useFakeTimers();
    notifier(health);
    await vi.advanceTimersByTimeAsync(1200);
    expect([state.runs, vi.getTimerCount()]).toEqual([3, 1]);
    health.drain();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("says WATCHDOG=1 again and again while live passes, and never while it fails", async () => {
    vi.stubEnv("WATCHDOG_USEC", "40000");
    vi.stubEnv("WATCHDOG_PID", String(process.pid));
    const { health, state, check } = watched();
    health.register("loop", check, { probes: ["live"] });
    const { stopping } = notifier(health);
    stopping();
    await until(() => state.runs === 5);
    expect(socket.messages.filter((message) => message !== "STOPPING=1")).toEqual([]);
    state.says = true;
    const beats = (): number => socket.messages.filter((message) => message === "WATCHDOG=1").length;
    await expect.poll(beats, inSeconds).toBeGreaterThan(3);
  }, 30_000);

  test("beats at half of the watchdog's time", async () => {
    vi.stubEnv("WATCHDOG_USEC", "30000000");
    const { health, state, check } = watched();
    health.register("loop", check, { probes: ["live"] });
    useFakeTimers();
    notifier(health);
    await vi.advanceTimersByTimeAsync(1);
    expect(state.runs).toBe(1);
    await vi.advanceTimersByTimeAsync(14_900);
    expect(state.runs).toBe(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(state.runs).toBe(2);
  });

  test.each([
    { what: "there is no watchdog", usec: undefined, pid: undefined, told: [] },
    { what: "the watchdog is another process's", usec: "2000", pid: String(process.ppid), told: [] },
    { what: "its time is none", usec: "soon", pid: undefined, told: ["WATCHDOG_USEC is not a number of microseconds: soon"] },
  ])("sends no WATCHDOG=1 where $what", async ({ usec, pid, told }) => {
    vi.stubEnv("WATCHDOG_USEC", usec);
    vi.stubEnv("WATCHDOG_PID", pid);
    const watch = watched();
    watch.health.register("loop", watch.check, { probes: ["live"] });
    const made = notifier(watch.health);
    await expect.poll(() => socket.messages, inSeconds).toEqual(["READY=1"]);
    expect(await sent(made)).toEqual(["READY=1", "STOPPING=1"]);
    expect(watch.state.runs).toBe(0);
    expect(watch.told().map(({ message }) => message)).toEqual(told);
  }, 30_000);

  test("sends and asks nothing after end()", async () => {
    vi.stubEnv("WATCHDOG_USEC", "40000");
    const { health, state, check } = watched();
    health.register("loop", check, { probes: ["live", "ready"] });
    useFakeTimers();
    const made = notifier(health);
    await vi.advanceTimersByTimeAsync(100);
    expect([state.runs, vi.getTimerCount()]).toEqual([7, 2]);
    made.end();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does nothing at all without NOTIFY_SOCKET", async () => {
    vi.stubEnv("NOTIFY_SOCKET", undefined);
    vi.stubEnv("WATCHDOG_USEC", "2000");
    const { health, state, check, told } = watched();
    health.register("database", check, { probes: ["live", "ready"] });
    useFakeTimers();
    const made = notifier(health);
    expect(vi.getTimerCount()).toBe(0);
    made.stopping();
    made.end();
    expect([state.runs, told(), socket.messages]).toEqual([0, [], []]);
  });

  test.each([
    { what: "nobody listens at the socket", stub: ["NOTIFY_SOCKET", "/nonexistent/notify"], error: { message: "it ended with 1" } },
    { what: "the program is missing", stub: ["PATH", "/nonexistent"], error: { code: "ENOENT" } },
  ] as const)("logs once that $what", async ({ stub: [name, value], error }) => {
    const { health, state, check, told } = watched();
    state.says = true;
    health.register("loop", check, { probes: ["live"] });
    vi.stubEnv(name, value);
    vi.stubEnv("WATCHDOG_USEC", "40000");
    notifier(health);
    await expect.poll(told, inSeconds).toHaveLength(1);
    const message = expect.stringMatching(/^systemd was not told (READY|WATCHDOG)=1: systemd-notify failed$/);
    expect(told()[0]).toMatchObject({ level: "warn", event: "shutdown", message, error });
    const { runs } = state;
    await until(() => state.runs > runs + 10);
    expect(told()).toHaveLength(1);
  }, 30_000);

  const run = promisify(execFile);
  const program = fileURLToPath(new URL("systemd-process.ts", import.meta.url));
  const asProcess = (env: NodeJS.ProcessEnv) => run(process.execPath, ["--import", "tsx", program], { env: { ...process.env, ...env } });

  test("tells what it has to and does not hold the process", async () => {
    const { stdout } = await asProcess({ WATCHDOG_USEC: "60000000" });
    expect(stdout).toBe("nothing more to do\n");
    await expect.poll(() => socket.messages.toSorted(), inSeconds).toEqual(["READY=1", "WATCHDOG=1"]);
  }, 60_000);

  test("does not wait for systemd-notify", async () => {
    const stub = await folder();
    const kept = join(stub, "pid");
    const script = `#!/bin/sh\necho $$ > ${kept}.part && mv ${kept}.part ${kept}\nexec sleep 30\n`;
    await writeFile(join(stub, "systemd-notify"), script, { mode: 0o755 });
    await asProcess({ PATH: `${stub}:${process.env["PATH"]}` });
    await until(() => existsSync(kept));
    const pid = Number(readFileSync(kept, "utf8"));
    expect(process.kill(pid, "SIGKILL")).toBe(true);
    await remove(stub);
  }, 60_000);
});
