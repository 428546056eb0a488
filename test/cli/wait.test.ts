import { createServer } from "node:http";
import { createHealth } from "probekit";
import { httpHealth } from "probekit/http";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../support/real/served.js";
import { stop } from "../adapters/listen.js";
import { commandLine } from "./support/built.js";
import { answering, raw, service } from "./support/servers.js";

const cli = commandLine();

const often = ["--interval", "50ms", "--request-timeout", "30s"];

/** Figures that differ from run to run read as `N`. */
const plain = (text: string): string[] =>
  text
    .trimEnd()
    .split("\n")
    .map((line) =>
      line
        .replace(/^[\d.]+m?s /, "N ")
        .replace(/ \d+ ms/, " N ms")
        .replace(/after [\d.]+m?s$/, "after N"),
    );

const inTime = { timeout: 30_000 };

describe("probekit wait", () => {
  it("ends with 0 once a service has been healthy three times in a row, and says each change", async () => {
    const answers = [503, 200, 503, 200, 200, 200, 200];
    let asked = 0;
    const url = await answering((_, response) => void response.writeHead(answers[asked++] ?? 200).end());
    const { code, stdout, stderr } = await cli.start(["wait", ...often, url]).ended;
    const [up, down] = [`N healthy ${url} N ms`, `N unhealthy ${url} N ms: status code 503`];
    expect([code, plain(stdout), stderr]).toEqual([0, [down, up, down, up, "1 URL healthy 3 times in a row after N"], ""]);
    expect(asked).toBe(6);
  });

  it("waits for a service that is not there yet", async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/health/ready`;
    const running = cli.start(["wait", ...often, "--successes", "1", `:${port}/health/ready`]);
    await expect.poll(running.said, inTime).toContain("connection refused");
    const health = createHealth({ logger: false });
    const server = createServer(httpHealth(health)).listen(port, "127.0.0.1");
    onTestFinished(() => stop(server));
    const { code, stdout } = await running.ended;
    expect([code, plain(stdout)]).toEqual([
      0,
      [`N unreachable ${url} N ms: connection refused (ECONNREFUSED)`, `N healthy ${url} N ms`, "1 URL healthy once after N"],
    ]);
  });

  it("waits for all of several, and starts again with one that falls back", async () => {
    const [a, b] = [await service(), await service()];
    b.says(false);
    const running = cli.start(["wait", ...often, a.url, b.url]);
    await expect.poll(running.said, inTime).toContain(`unhealthy ${b.url}`);
    await expect.poll(running.said, inTime).toContain(` healthy ${a.url}`);
    a.says(false);
    await expect.poll(running.said, inTime).toContain(`unhealthy ${a.url}`);
    b.says(true);
    await expect.poll(running.said, inTime).toContain(` healthy ${b.url}`);
    a.says(true);
    const { code, stdout } = await running.ended;
    expect([code, plain(stdout).at(-1)]).toEqual([0, "all 2 URLs healthy 3 times in a row after N"]);
  });

  it("gives up after --timeout with 1, and says which one is still what, and why", async () => {
    const [good, bad] = [await service(), await service()];
    bad.says(false);
    const silent = await raw(() => {});
    const running = cli.start(["wait", "--interval", "50ms", "--request-timeout", "30s", "--timeout", "5s", good.url, bad.url, silent]);
    const { code, stdout, stderr } = await running.ended;
    expect([code, stderr]).toEqual([1, ""]);
    expect(plain(stdout).slice(-2)).toEqual([
      `gave up after 5s: unhealthy ${bad.url} N ms: redis failed`,
      `gave up after 5s: ${silent} has not answered yet`,
    ]);
  });

  it("says of one that was healthy too seldom how often it was", async () => {
    const { url } = await service();
    const { code, stdout } = await cli.start(["wait", "--interval", "1h", "--request-timeout", "30s", "--timeout", "5s", url]).ended;
    expect([code, plain(stdout).at(-1)]).toEqual([1, `gave up after 5s: healthy ${url} N ms; only 1 of 3 in a row`]);
  });

  it("keeps the interval from one start to the next", async () => {
    const { url } = await service();
    const { stdout } = await cli.start(["wait", "--interval", "300ms", "--request-timeout", "30s", "--json", url]).ended;
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "").tookMs).toBeGreaterThanOrEqual(598);
  });

  it("waits on while degraded where degraded=fail, and for the version asked for", async () => {
    const { url, says } = await service({}, { version: "2.1.0" });
    says({ status: "warn" });
    const running = cli.start(["wait", ...often, "--expect", "degraded=fail", "--expect", "version=2.1.0", url]);
    await expect.poll(running.said, inTime).toContain(`degraded ${url}`);
    says(true);
    expect((await running.ended).code).toBe(0);
    const other = await cli.start(["wait", ...often, "--timeout", "5s", "--expect", "version=3", url]).ended;
    expect([other.code, plain(other.stdout).at(-1)]).toEqual([1, `gave up after 5s: unexpected ${url} N ms: version is 2.1.0, not 3`]);
  });

  it("says of what is degraded that it is", async () => {
    const [limping, well] = [await service(), await service()];
    limping.says({ status: "warn" });
    const one = await cli.start(["wait", ...often, limping.url]).ended;
    expect([one.code, plain(one.stdout).at(-1)]).toEqual([0, "1 URL degraded 3 times in a row after N"]);
    const both = await cli.start(["wait", ...often, limping.url, well.url]).ended;
    expect([both.code, plain(both.stdout).at(-1)]).toEqual([0, "all 2 URLs healthy or degraded 3 times in a row after N"]);
  });

  it("writes lines of JSON with --json, and nothing with --quiet", async () => {
    const { url } = await service();
    const { stdout } = await cli.start(["wait", ...often, "--json", url]).ended;
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        time: expect.any(String),
        status: "healthy",
        passes: true,
        url,
        statusCode: 200,
        latencyMs: expect.any(Number),
        lifecycle: "running",
        causes: [],
      },
      { passes: true, tookMs: expect.any(Number), lacking: [] },
    ]);
    expect(await cli.start(["wait", ...often, "--quiet", url]).ended).toEqual({ code: 0, stdout: "", stderr: "" });
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("ends at once on %s with %i, with a request under way", async (signal, exitCode) => {
    let asked = 0;
    const url = await raw(() => void (asked += 1));
    const running = cli.start(["wait", "--interval", "50ms", "--request-timeout", "10m", "--timeout", "1h", url]);
    await expect.poll(() => asked, inTime).toBe(1);
    running.kill(signal);
    expect(await running.ended).toEqual({ code: exitCode, stdout: "interrupted\n", stderr: "" });
  });
});
