import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, onTestFinished } from "vitest";
import { describeReal, folder, freePort, isOnPath, remove } from "../support/real/served.js";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const script = here("../../examples/releases/deploy.sh");
const app = here("../../examples/releases/app.mjs");
const probekit = here("../../dist/cli.cjs");

const patiently = { timeout: 90_000 };
const missing = ["nginx", "curl", "setsid", "flock"].find((command) => !isOnPath(command));

const becomes = <T>(of: () => T | Promise<T>, value: Awaited<T>, message: string): Promise<void> =>
  expect.poll(of, { timeout: 30_000, interval: 50, message }).toEqual(value) as unknown as Promise<void>;

const killed = (child: ChildProcess): void => void child.kill("SIGKILL");

const pidIn = (file: string): number => Number(readFileSync(file, "utf8"));

const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** nginx before blue, which serves 1.0.0. */
const machine = async () => {
  const state = await folder();
  onTestFinished(() => remove(state));
  const [front, blue, green] = [await freePort(), await freePort(), await freePort()];
  writeFileSync(join(state, "upstream.conf"), `server 127.0.0.1:${blue};\n`);
  writeFileSync(join(state, "live"), "blue\n");
  const conf = `daemon off; worker_processes 1; pid ${state}/nginx.pid; error_log ${state}/error.log; events {}
    http { access_log off; client_body_temp_path ${state}/body; proxy_temp_path ${state}/proxy; fastcgi_temp_path ${state}/f; uwsgi_temp_path ${state}/u; scgi_temp_path ${state}/s;
      upstream orders { include ${state}/upstream.conf; }
      server { listen 127.0.0.1:${front}; location / { proxy_pass http://orders; } location = /nginx-status { stub_status; } } }`;
  writeFileSync(join(state, "nginx.conf"), conf);
  const serving = spawn("node", [app], { env: { ...process.env, PORT: String(blue), VERSION: "1.0.0", DRAIN_DELAY_MS: "0" }, stdio: "ignore" });
  const nginx = spawn("nginx", ["-p", state, "-e", join(state, "error.log"), "-c", join(state, "nginx.conf")], { stdio: "ignore" });
  onTestFinished(async () => {
    killed(serving);
    if (nginx.kill("SIGTERM")) await once(nginx, "exit");
    const file = join(state, "green.pid");
    const left = spawnSync("cat", [file], { encoding: "utf8" }).stdout.trim();
    if (left !== "" && isRunning(Number(left))) process.kill(Number(left), "SIGKILL");
  });
  writeFileSync(join(state, "blue.pid"), `${serving.pid}\n`);
  const served = async (): Promise<string | null> => fetch(`http://127.0.0.1:${front}/`).then((answer) => answer.headers.get("x-version"), () => "nothing");
  await becomes(served, "1.0.0", "blue serves");
  const env = {
    ...process.env, DEPLOY_STATE: state, FRONT: `http://127.0.0.1:${front}`, BLUE_PORT: String(blue), GREEN_PORT: String(green), PROBEKIT: probekit, DRAIN_DELAY_MS: "0",
  };
  return { state, served, env, serving };
};

/** Runs deploy.sh in a process group of its own, as a terminal's job. */
const deploy = (env: NodeJS.ProcessEnv) => {
  const child = spawn("bash", [script, "2.0.0"], { env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  onTestFinished(() => killed(child));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (piece: string) => (output += piece));
  const ended = once(child, "close").then(([code]) => code as number | null);
  return { child, ended, output: () => output, says: (text: string) => expect.poll(() => output, { timeout: 40_000, interval: 20 }).toContain(text) };
};

describeReal("deploy.sh on a machine", missing, () => {
  it.each([
    [{ STOP_SECONDS: "10s" }, "whole seconds, 1 or more; got 10s"],
    [{ WATCH_SECONDS: "08" }, "whole seconds, 1 or more; got 08"],
    [{ READY_TIMEOUT: "0" }, "whole seconds, 1 or more; got 0"],
    [{ DEPLOY_STATE: "/nowhere" }, "DEPLOY_STATE must be a folder; got /nowhere"],
    [{ APP: "/nowhere/app.mjs" }, "APP must be a file; got /nowhere/app.mjs"],
    [{ FRONT: "" }, "usage: deploy.sh VERSION"],
  ])("refuses %j with 64 before anything is touched", (wrong, message) => {
    const env = { ...process.env, DEPLOY_STATE: here("."), FRONT: "http://127.0.0.1:1", BLUE_PORT: "1", GREEN_PORT: "2", ...wrong };
    const { status, stderr } = spawnSync("bash", [script, "2.0.0"], { env, encoding: "utf8" });
    expect([status, stderr]).toEqual([64, expect.stringContaining(message)]);
  });

  it("goes back when it is broken off after the switch", patiently, async () => {
    const { state, served, env } = await machine();
    const { child, ended, output, says } = deploy({ ...env, WATCH_SECONDS: "60" });
    await says("smoke test: passed");
    const green = pidIn(join(state, "green.pid"));
    expect(await served()).toBe("2.0.0");
    process.kill(-child.pid!, "SIGINT");
    expect(await ended).toBe(1);
    expect(output()).toMatch(/broken off by SIGINT\n[^]*rollback: to blue\n[^]*2\.0\.0 is not released; blue serves again\n$/);
    await becomes(served, "1.0.0", "blue serves");
    expect(isRunning(green)).toBe(false);
  });

  it("leaves a version that outlives the terminal, and ends the old one", patiently, async () => {
    const { state, served, env, serving } = await machine();
    const { child, ended, output } = deploy({ ...env, WATCH_SECONDS: "1" });
    expect(await ended, output()).toBe(0);
    expect(() => process.kill(-child.pid!, "SIGHUP")).toThrow("ESRCH");
    expect([isRunning(pidIn(join(state, "green.pid"))), await served(), serving.exitCode]).toEqual([true, "2.0.0", 0]);
  });

  it("stays with the new version when the old one has died meanwhile", patiently, async () => {
    const { served, env, serving } = await machine();
    const { child, ended, output, says } = deploy({ ...env, WATCH_SECONDS: "60" });
    await says("smoke test: passed");
    killed(serving);
    process.kill(child.pid!, "SIGTERM");
    expect(await ended).toBe(2);
    expect(output()).toContain("no way back: blue is not healthy, so green keeps the traffic");
    expect(await served()).toBe("2.0.0");
  });

  it("kills no stranger that a pid file names, and says so", patiently, async () => {
    const { state, served, env } = await machine();
    const stranger = spawn("sleep", ["300"], { stdio: "ignore" });
    onTestFinished(() => killed(stranger));
    writeFileSync(join(state, "blue.pid"), `${stranger.pid}\n`);
    const { ended, output } = deploy({ ...env, WATCH_SECONDS: "1" });
    expect(await ended).toBe(0);
    expect(output()).toContain("blue.pid names no process of the service: nothing is stopped");
    expect([isRunning(stranger.pid!), await served()]).toEqual([true, "2.0.0"]);
  });

  it("says at once that the new version has ended by itself, and its last words", patiently, async () => {
    const { state, served, env } = await machine();
    const broken = join(state, "app.mjs");
    writeFileSync(broken, 'console.log("no database");\n');
    const { ended, output, says } = deploy({ ...env, APP: broken, READY_TIMEOUT: "600" });
    await says("ended by itself");
    expect(await ended).toBe(1);
    expect(output()).toContain("2.0.0 ended by itself\n");
    expect(output()).toContain("green.log: no database\n");
    expect(await served()).toBe("1.0.0");
  });

  it.each([
    ["purple\n", "must say blue or green; it says purple"],
    ["green\n", "upstream.conf does not name green's port"],
  ])("refuses a folder whose live says %j", patiently, async (live, message) => {
    const { state, env } = await machine();
    writeFileSync(join(state, "live"), live);
    const { ended, output } = deploy(env);
    expect([await ended, output()]).toEqual([1, expect.stringContaining(message)]);
  });
});
