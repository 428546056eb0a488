import { readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { settingsOf } from "../../cli/settings.js";
import { targetOf } from "../../cli/target.js";
import type { Terminal } from "../../cli/terminal.js";
import { watchTable } from "../../cli/watch-table.js";
import { describeReal } from "../support/real/served.js";
import { commandLine } from "./support/built.js";
import type { Running, RunOptions } from "./support/process.js";
import { missingPty, onTerminal } from "./support/pty.js";
import { answering, service } from "./support/servers.js";

const cli = commandLine();

const often = ["--interval", "50ms", "--request-timeout", "30s"];

const inTime = { timeout: 30_000 };

const line = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (.*) \d+ ms(.*)$/;

describe("probekit watch without a terminal", () => {
  it("writes a line for each change, until it is interrupted", async () => {
    const { url, says } = await service();
    const running = cli.start(["watch", ...often, url]);
    await expect.poll(running.said, inTime).toContain(` healthy ${url}`);
    says(false);
    await expect.poll(running.said, inTime).toContain(` unhealthy ${url}`);
    says({ status: "warn" });
    await expect.poll(running.said, inTime).toContain(` degraded ${url}`);
    running.kill("SIGINT");
    const { code, stdout, stderr } = await running.ended;
    const said = stdout
      .trim()
      .split("\n")
      .map((one) => line.exec(one)?.slice(1).join(""));
    expect([code, said, stderr]).toEqual([130, [`healthy ${url}`, `unhealthy ${url}: redis failed`, `degraded ${url}: redis failed`], ""]);
  });

  it("writes them as JSON with --json", async () => {
    const { url } = await service();
    const running = cli.start(["watch", ...often, "--json", url]);
    await expect.poll(running.said, inTime).toContain("\n");
    running.kill("SIGTERM");
    const { code, stdout } = await running.ended;
    expect([code, JSON.parse(stdout)]).toMatchObject([143, { status: "healthy", passes: true, url }]);
  });

  it("ends when nobody reads it any more", async () => {
    const { url, says } = await service();
    const running = cli.start(["watch", ...often, url]);
    await expect.poll(running.said, inTime).toContain("healthy");
    running.leaveUnread();
    says(false);
    expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("a reader that has stalled", () => {
  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
  ] as const)("does not keep watch alive on %s", async (signal, exitCode) => {
    let asked = 0;
    const url = await answering((_, response) => {
      asked += 1;
      const checks = Object.fromEntries(Array.from({ length: 50 }, (__, index) => [`${asked}-${index}`, { status: "fail" }]));
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify({ status: "fail", checks }));
    });
    const urls = Array.from({ length: 8 }, () => url);
    const running = cli.start(["watch", "--json", "--interval", "1ms", "--request-timeout", "30s", ...urls], { isStalled: true });
    // A line each, far more than a pipe holds.
    await expect.poll(() => asked, inTime).toBeGreaterThan(400);
    running.kill(signal);
    expect((await running.ended).code).toBe(exitCode);
  });
});

describe("a window of few rows", () => {
  it.each([1, 2, 3, 4, 5])("gets no more than %i lines", async (rows) => {
    const written: string[] = [];
    const terminal: Terminal = {
      isLive: true,
      hasColours: false,
      columns: () => 80,
      rows: () => rows,
      write: (text) => void written.push(text),
      gone: new AbortController().signal,
      onResize: () => () => {},
    };
    const all = ["http://a", "http://b", "http://c"].map((url) => ({ target: targetOf(url), samples: [] }));
    watchTable(all, await settingsOf("watch", ["http://a"]), terminal).end();
    const page = written.find((text) => text.startsWith("\u001B[H")) ?? "";
    expect(page.split("\n")).toHaveLength(rows);
  });
});

const enter = "\u001B[?1049h\u001B[?25l\u001B[?7l";
const leave = "\u001B[?7h\u001B[?25h\u001B[?1049l";

describeReal("on a terminal", missingPty, () => {
  const start = (args: readonly string[], options?: RunOptions): Running => onTerminal([process.execPath, cli.file(), ...args], options);

  /** The last page that was drawn whole, a line each, without colours. */
  const page = (said: string): string[] =>
    stripVTControlCharacters(
      said
        .split("\u001B[H")
        .filter((part) => part.includes("\u001B[J"))
        .at(-1) ?? "",
    ).split("\r\n");

  it("watch draws a table, and Ctrl-C leaves the terminal as it was", async () => {
    const [good, bad] = [await service(), await service()];
    bad.says(false);
    const running = start(["watch", ...often, good.url, bad.url]);
    await expect.poll(running.said, inTime).toContain("redis failed");
    await expect.poll(() => page(running.said())[3], inTime).toMatch(/^healthy .*[▁▂▃▄▅▆▇█]{2}/);
    const [title, , header, first, second, why] = page(running.said());
    expect(title).toMatch(/^probekit watch, every 50ms, \d\d:\d\d:\d\d; Ctrl-C ends it$/);
    expect(header).toMatch(/^STATUS {7}URL +LATENCY {2}LATENCIES +CHANGED$/);
    expect(first).toMatch(new RegExp(`^healthy {6}${good.url} +\\d+ ms  [ ▁▂▃▄▅▆▇█]+$`));
    expect(second).toMatch(new RegExp(`^unhealthy {4}${bad.url} +\\d+ ms  [ ▁▂▃▄▅▆▇█]+$`));
    expect(why).toBe("  redis failed");
    bad.says(true);
    await expect.poll(() => page(running.said())[4], inTime).toMatch(/^healthy .* \ds ago$/);
    running.type("\u0003");
    const { stdout } = await running.ended;
    expect(stdout.startsWith(enter)).toBe(true);
    expect(stdout.endsWith(`${leave}ended 130\r\n`)).toBe(true);
  });

  it("watch leaves it as it was when it is terminated", async () => {
    const { url } = await service();
    const running = start(["watch", ...often, url]);
    await expect.poll(running.said, inTime).toContain("healthy");
    const childOf = (pid: number): number => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8"));
    process.kill(childOf(childOf(running.pid)), "SIGTERM");
    expect((await running.ended).stdout.endsWith(`${leave}ended 143\r\n`)).toBe(true);
  });

  /** What has been said after the last time that something was. */
  const after = (running: Running, what: string): string => running.said().slice(running.said().lastIndexOf(what) + what.length);

  it("watch leaves it as it was while Ctrl-Z has stopped it, and comes back with fg", async () => {
    const { url } = await service();
    const running = onTerminal(["bash", "--norc", "--noprofile", "-i"]);
    running.type(`${[process.execPath, cli.file(), "watch", ...often, url].join(" ")}\n`);
    await expect.poll(running.said, inTime).toContain("LATENCIES");
    running.type("\u001A");
    await expect.poll(() => after(running, leave), inTime).toContain("Stopped");
    const stopped = running.said().length;
    running.type("fg\n");
    await expect.poll(() => running.said().slice(stopped).split(enter)[1], inTime).toContain("LATENCIES");
    running.type("\u0003");
    await expect.poll(() => running.said().slice(stopped), inTime).toContain(leave);
    running.type("exit\n");
    await running.ended;
  });

  it("watch goes on after a Ctrl-Z that stops nothing, where no shell looks after it", async () => {
    const { url } = await service();
    const running = start(["watch", ...often, url]);
    await expect.poll(running.said, inTime).toContain("LATENCIES");
    running.type("\u001A");
    await expect.poll(() => after(running, leave).split(enter)[1], inTime).toContain("LATENCIES");
    running.type("\u0003");
    expect((await running.ended).stdout.endsWith(`${leave}ended 130\r\n`)).toBe(true);
  });

  it("colours follow the status, and NO_COLOR takes them away", async () => {
    const { url, says } = await service();
    says(false);
    const coloured = start(["check", "--timeout", "30s", url]);
    expect((await coloured.ended).stdout.startsWith("\u001B[31munhealthy\u001B[39m http")).toBe(true);
    const bare = await start(["check", "--timeout", "30s", url], { env: { NO_COLOR: "1" } }).ended;
    expect(bare.stdout).toMatch(/^unhealthy http[^\p{Cc}]*\r\nended 1\r\n$/u);
    expect((await start(["check", "--timeout", "30s", url], { env: { TERM: "dumb" } }).ended).stdout).not.toContain("\u001B");
  });

  it("wait writes its progress over one line, and takes it away", async () => {
    const { url, says } = await service();
    says(false);
    const running = start(["wait", ...often, url]);
    await expect.poll(running.said, inTime).toMatch(/0 of 1 healthy, [\d.]+m?s of 5m: http\S+ unhealthy 0\/3: redis failed/);
    says(true);
    const { stdout } = await running.ended;
    expect(stdout.split("\r\u001B[K").at(-1)).toMatch(/^1 URL healthy 3 times in a row after [\d.]+m?s\r\nended 0\r\n$/);
    expect(stdout.split("\n")).toHaveLength(3);
  });

  it("wait takes its progress away on Ctrl-C", async () => {
    const { url, says } = await service();
    says(false);
    const running = start(["wait", ...often, url]);
    await expect.poll(running.said, inTime).toContain("redis failed");
    running.type("\u0003");
    expect((await running.ended).stdout.split("\r\u001B[K").at(-1)).toBe("interrupted\r\nended 130\r\n");
  });

  it("wait and watch write plain lines there too where CI is set", async () => {
    const { url } = await service();
    const { stdout } = await start(["wait", ...often, url], { env: { CI: "true", NO_COLOR: "1" } }).ended;
    expect(stdout).toMatch(/^[\d.]+m?s healthy http\S+ \d+ ms\r\n1 URL healthy 3 times in a row after [\d.]+m?s\r\nended 0\r\n$/);
  });
});
