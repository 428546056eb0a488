import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { describeReal, folder, isOnPath, remove } from "../support/real/served.js";
import { becomes, lineTo } from "./support/line.js";
import { fixture, node, outside, root, started } from "./support/started.js";

// Each process takes a second to start, and several on a busy machine.
const patiently = { timeout: 60_000 };

const quick = { DELAY_MS: "0" };

const port = ({ ports }: { readonly ports: readonly number[] }): number => ports[0] ?? 0;

describe("a process", patiently, () => {
  it.each(["SIGTERM", "SIGINT"] as const)("ends with 0 on %s, after the delay and its hooks", async (signal) => {
    const service = await started("service", { env: { DELAY_MS: "300" } });
    service.signal(signal);
    expect(await service.exit()).toEqual([0, null]);
    expect(service.output().split("\n").slice(1)).toEqual([
      "info: draining: ready is unhealthy from now on",
      `info: shutdown began: ${signal}; serving for 300 ms more`,
      "told",
      "info: no longer listening; nothing in flight",
      "hook last",
      "hook first",
      expect.stringMatching(/^info: shutdown finished in \d+\.\d s$/),
      "exit 0",
      "",
    ]);
  });

  it("ends with 0 on a signal that reaches it twice at once, as Ctrl-C does that npm passes on", async () => {
    const service = await started("service", { env: { DELAY_MS: "300" } });
    for (const signal of ["SIGINT", "SIGTERM", "SIGINT"] as const) service.signal(signal);
    expect(await service.exit()).toEqual([0, null]);
  });

  it("that is starting ends with 0 at once, without the delay", async () => {
    const service = await started("service", { env: { STARTUP: "1", DELAY_MS: "500000", TIMEOUT_MS: "600000" } });
    service.signal();
    expect(await service.exit()).toEqual([0, null]);
    expect(service.output()).toContain("shutdown began: SIGTERM; without delay");
  });

  it("that begins to listen during its shutdown ends with 0 all the same", async () => {
    const service = await started("service", { env: { STARTUP: "1", HOOK: "listens" } });
    service.signal();
    expect(await service.exit()).toEqual([0, null]);
  });

  it("that drains already ends with 0 on its first signal", async () => {
    const service = await started("called");
    await service.wrote("shutdown began: by hand");
    service.signal();
    expect(await service.exit()).toEqual([0, null]);
  });

  it("ends with 1 at once on a second signal, and names what was under way", async () => {
    const service = await started("service", { env: { DELAY_MS: "500000", TIMEOUT_MS: "600000" } });
    const line = await lineTo(port(service));
    line.ask("/never?key=secret");
    await service.wrote("got /never");
    service.signal();
    await service.wrote("shutdown began");
    // Signals within 100 ms of the first count as one.
    const again = setInterval(() => service.signal("SIGINT"), 100);
    expect(await service.exit()).toEqual([1, null]);
    clearInterval(again);
    const named = '1 request in flight (GET /never), hook "last" (not begun), hook "first" (not begun)';
    expect(service.output()).toMatch(/error: shutdown broken off by a second SIGINT after \d\.\d s: /);
    expect(service.output()).toContain(`s: ${named}\n`);
  });

  it("ends with 0 with a thousand idle connections, and resets none of them", async () => {
    const service = await started("service", { env: { DELAY_MS: "500" } });
    const lines = [];
    let errors = 0;
    for (let at = 0; at < 1000; at++) lines.push(await lineTo(port(service)));
    for (const line of lines) {
      line.socket.on("error", () => (errors += 1));
      line.ask("/hello");
    }
    for (const line of lines) await line.heard("hello");
    service.signal();
    expect(await service.exit()).toEqual([0, null]);
    for (const line of lines) await line.closed();
    expect(errors).toBe(0);
  });

  it("ends with 1 at the limit with a request that never ends", async () => {
    const service = await started("service", { env: { DELAY_MS: "0", TIMEOUT_MS: "1000" } });
    const line = await lineTo(port(service));
    line.ask("/never?key=secret");
    await service.wrote("got /never");
    service.signal();
    expect(await service.exit()).toEqual([1, null]);
    await line.closed();
    expect(service.output()).toContain("hook last\nhook first\n");
    expect(service.output()).toMatch(/error: shutdown finished in \d\.\d s, not cleanly: 1 request in flight \(GET \/never\)\nexit 1\n$/);
  });

  it("ends with 1 within the limit with a hook that hangs, and the others run", async () => {
    const service = await started("service", { env: { ...quick, TIMEOUT_MS: "600", HOOK: "hangs" } });
    service.signal();
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).toMatch(/hook last\nhook hangs\nerror: hook "hangs" did not finish within \d+ ms; the shutdown goes on\nhook first\n/);
  });

  it("ends with 1 with a hook that throws, and the others run", async () => {
    const service = await started("service", { env: { ...quick, HOOK: "throws" } });
    service.signal();
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).toContain('hook last\nerror: hook "throws" failed (no way)\nhook first\n');
  });

  it.each([
    ["throws", "uncaught exception"],
    ["rejects", "unhandled rejection"],
  ])("that %s what nobody catches ends with 1 without delay, its hooks run, with uncaught: true", async (fail, reason) => {
    const service = await started("service", { env: { UNCAUGHT: "1", FAIL: fail, DELAY_MS: "500000", TIMEOUT_MS: "600000" } });
    service.signal("SIGUSR2");
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).toContain(`error: ${reason}; the service shuts down (nobody caught it)`);
    expect(service.output()).toContain(`info: shutdown began: ${reason}; without delay`);
    expect(service.output()).toContain("hook last\nhook first\nerror: shutdown finished");
  });

  it("that throws what nobody catches during its shutdown goes on with that, and ends with 1", async () => {
    const service = await started("service", { env: { UNCAUGHT: "1", FAIL: "throws", DELAY_MS: "1500" } });
    service.signal();
    await service.wrote("shutdown began: SIGTERM");
    service.signal("SIGUSR2");
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).toContain("error: uncaught exception during the shutdown (nobody caught it)");
    expect(service.output()).toContain("hook last\nhook first\n");
  });

  it("that throws what nobody catches dies of it as ever, without the option", async () => {
    const service = await started("service", { env: { FAIL: "throws" } });
    service.signal("SIGUSR2");
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).not.toContain("shutdown began");
  });

  it("with nothing else to do ends by itself, and without a server on a signal", async () => {
    const idle = await started("worker");
    expect(await idle.exit()).toEqual([0, null]);
    expect(idle.output()).not.toContain("shutdown began");
    const busy = await started("worker", { env: { BUSY: "1" } });
    busy.signal();
    expect(await busy.exit()).toEqual([0, null]);
    expect(busy.output()).toMatch(/^ready \d+\ninfo: draining.*\ninfo: shutdown began: SIGTERM; without delay\nconsumer stops\ninfo: shutdown finished in \d\.\d s\n$/);
  });

  it("with two shutdowns ends when both are done, with the worse code", async () => {
    const service = await started("two");
    service.signal();
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).toMatch(/quick failed\n[^]*slow done\n$/);
  });

  it("with two shutdowns of which one leaves the end to its caller ends when both are done", async () => {
    const service = await started("two", { env: { MIXED: "1" } });
    service.signal();
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).toContain("slow done");
  });

  it.each(["0", "1"])("whose listener of exit throws ends with 1 all the same, UNCAUGHT=%s", async (UNCAUGHT) => {
    const service = await started("service", { env: { ...quick, UNCAUGHT, EXIT: "throws" } });
    service.signal();
    expect(await service.exit()).toEqual([1, null]);
    expect(service.output()).toContain('error: a listener of "exit" failed (no way out)');
  });

  it("ends with the exit code that the application has set, where all went well", async () => {
    const service = await started("service", { env: { ...quick, EXIT: "3" } });
    service.signal();
    expect(await service.exit()).toEqual([3, null]);
  });

  it("that systemd started tells it that it is ready, and that it stops", async () => {
    const own = await folder();
    onTestFinished(() => remove(own));
    const told = join(own, "told");
    writeFileSync(join(own, "systemd-notify"), `#!/bin/sh\necho "$1" >> ${told}\n`, { mode: 0o755 });
    const service = await started("service", { env: { DELAY_MS: "500000", TIMEOUT_MS: "600000", NOTIFY_SOCKET: "/nowhere", PATH: `${own}:${process.env["PATH"]}` } });
    const said = (): string => (existsSync(told) ? readFileSync(told, "utf8") : "");
    await becomes(said, "READY=1\n");
    service.signal();
    await becomes(said, "READY=1\nSTOPPING=1\n");
  });

  it("of a cluster lets its requests end while its siblings go on", async () => {
    const service = await started("cluster");
    const [one = 0] = service.ports;
    const line = await lineTo(one);
    line.ask("/slow");
    await service.wrote("worker got /slow");
    service.signal("SIGUSR2");
    await service.exit();
    await line.closed();
    expect(line.got()).toMatch(/Connection: close[^]*slow/);
    expect(service.output()).toContain("worker ended with 0");
  });

  it("ends a worker thread alone, when that calls for its shutdown", async () => {
    const service = await started("thread");
    expect(await service.exit()).toEqual([0, null]);
    expect(service.output()).toMatch(/info: shutdown finished in \d\.\d s\nthread ended with 0\nmain goes on\n$/);
  });
});

describe("what a process has written", patiently, () => {
  const size = 1_000_000;
  const env = { ...outside, ...quick, WRITE: String(size) };
  const written = (all: string): number | undefined => /(x+)hook first\ninfo: shutdown finished in \d\.\d s\nexit 0\n$/.exec(all)?.[1]?.length;

  it("is not lost when the reader of its socket is slow", async () => {
    const [program, ...args] = [...node, fixture("service")];
    const child = spawn(program!, args, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "readable");
    const gone = once(child, "exit");
    child.kill();
    // Unread, it fills what the kernel holds.
    await new Promise((resolve) => void setTimeout(resolve, 700));
    const all = await text(child.stdout);
    expect(written(all)).toBe(size);
    expect(await gone).toEqual([0, null]);
  });

  it("is not lost when the reader of its pipe is slow", async () => {
    const command = [...node, fixture("service")].map((word) => `"${word}"`).join(" ");
    const script = `${command} | { read -r first; echo "$first"; echo "$first" >&2; sleep 2; cat; }`;
    const child = spawn("sh", ["-c", script], { cwd: root, env, stdio: ["ignore", "pipe", "pipe"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    const all = text(child.stdout);
    const [first] = (await once(child.stderr, "data")) as [Buffer];
    process.kill(Number(/ready (\d+)/.exec(String(first))?.[1]), "SIGTERM");
    expect(written(await all)).toBe(size);
  });

  it.each(["0", "1"])("ends nothing before its time when the reader is gone, UNCAUGHT=%s", async (UNCAUGHT) => {
    const service = await started("service", { env: { ...quick, UNCAUGHT, LOG: "stream" } });
    service.child.stdout?.destroy();
    service.signal();
    expect(await service.exit()).toEqual([0, null]);
  });

  it("is given up on a second signal", async () => {
    const [program, ...args] = [...node, fixture("service")];
    const child = spawn(program!, args, { cwd: root, env: { ...env, TIMEOUT_MS: "600000" }, stdio: ["ignore", "pipe", "inherit"] });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "readable");
    const gone = once(child, "exit");
    const again = setInterval(() => child.kill(), 100);
    onTestFinished(() => clearInterval(again));
    expect(await gone).toEqual([1, null]);
  });
});

const mayUnshare = spawnSync("unshare", ["-p", "-f", "--mount-proc", "true"]).status === 0;

describeReal("PID 1", mayUnshare ? undefined : "unshare -p", () => {
  it("drains on SIGTERM and ends with 0, and a second one ends it with 1", patiently, async () => {
    const command = ["unshare", "-p", "-f", "--mount-proc", "--kill-child", ...node, fixture("service")];
    const signal = (pid: number): boolean => process.kill(Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim()), "SIGTERM");
    const once1 = await started("service", { command, env: { DELAY_MS: "200" } });
    expect(once1.pid).toBe(1);
    signal(once1.child.pid!);
    expect(await once1.exit()).toEqual([0, null]);
    expect(once1.output()).toContain("shutdown finished");
    const twice = await started("service", { command, env: { DELAY_MS: "500000", TIMEOUT_MS: "600000" } });
    signal(twice.child.pid!);
    await twice.wrote("shutdown began");
    await new Promise((resolve) => void setTimeout(resolve, 300));
    signal(twice.child.pid!);
    expect(await twice.exit()).toEqual([1, null]);
  });
});

describeReal("at a terminal", isOnPath("script") ? undefined : "script", () => {
  it("Ctrl-C ends a process with 0 without delay, and SIGTERM has it", patiently, async () => {
    const command = ["script", "-qec", [...node, fixture("service")].map((word) => `'${word}'`).join(" "), "/dev/null"];
    for (const [signal, next] of [["SIGINT", "without delay"], ["SIGTERM", "serving for 250 ms more"]] as const) {
      const service = await started("service", { command, env: { DELAY_MS: "250" } });
      process.kill(service.pid, signal);
      expect(await service.exit()).toEqual([0, null]);
      expect(service.output()).toContain(`shutdown began: ${signal}; ${next}`);
    }
  });
});

describeReal("npm start", isOnPath("npm") ? undefined : "npm", () => {
  const project = async (): Promise<string> => {
    const cwd = await folder();
    onTestFinished(() => remove(cwd));
    const loader = import.meta.resolve("tsx");
    const start = `exec "${process.execPath}" --import "${loader}" "${fixture("service")}"`;
    writeFileSync(join(cwd, "package.json"), JSON.stringify({ scripts: { start } }));
    return cwd;
  };
  const env = { DELAY_MS: "300", TSX_TSCONFIG_PATH: join(root, "tsconfig.json"), npm_config_update_notifier: "false" };

  it.each(["SIGTERM", "SIGINT"] as const)("passes %s on to a script that says exec, which drains and ends with 0", patiently, async (signal) => {
    const service = await started("service", { command: ["npm", "start"], cwd: await project(), env });
    service.signal(signal);
    await service.wrote("exit 0");
    await service.exit();
    expect(service.output()).toContain(`shutdown began: ${signal}; serving for 300 ms more`);
  });
});
