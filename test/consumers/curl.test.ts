import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeReal } from "../support/real/served.js";
import { missing, probed, served, type Probed, type Served } from "./support/probed.js";

const run = promisify(execFile);

interface Answer {
  /** curl's exit code: 22 for a status of 400 or more under `-f`. */
  readonly exit: number;
  readonly output: string;
}

const curl = async (...args: readonly string[]): Promise<Answer> => {
  try {
    return { exit: 0, output: (await run("curl", ["--silent", "--max-time", "5", ...args])).stdout };
  } catch (error) {
    const { code, stdout } = error as { code: number; stdout: string };
    return { exit: code, output: stdout };
  }
};

describeReal("curl", missing("curl"), () => {
  let service: Probed;
  let base: string;

  beforeAll(async () => {
    service = await probed();
    base = `http://127.0.0.1:${service.port}/health`;
  });
  afterAll(() => service.stop());

  const inBothStates = async (ask: () => Promise<unknown>): Promise<unknown[]> => {
    const healthy = await ask();
    await service.tell("break");
    await expect.poll(async () => (await fetch(`${base}/ready`)).status).toBe(503);
    const unhealthy = await ask();
    await service.tell("mend");
    await expect.poll(async () => (await fetch(`${base}/ready`)).status).toBe(200);
    return [healthy, unhealthy];
  };

  it.each([
    { name: "-f", args: [] },
    { name: "-f --head", args: ["--head"] },
    { name: "-f --http1.0", args: ["--http1.0"] },
    { name: "-f --http1.0 without a Host", args: ["--http1.0", "-H", "Host:"] },
    { name: "-f -X OPTIONS", args: ["-X", "OPTIONS"] },
  ])("$name ends with 0 while healthy and with 22 while not", async ({ args }) => {
    const exit = async () => (await curl("-f", ...args, `${base}/ready`)).exit;
    expect(await inBothStates(exit)).toEqual([0, 22]);
  });

  it("--head is told the length of the body that it does not get", async () => {
    const { exit, output } = await curl("--head", `${base}/ready`);
    const [head = "", body] = output.split("\r\n\r\n");
    expect([exit, body]).toEqual([0, ""]);
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).toBeGreaterThan(100);
  });

  it("asks twice over one connection", async () => {
    const { output } = await curl("-o", "/dev/null", "-o", "/dev/null", "-w", "%{http_code} %{num_connects}\n", `${base}/live`, `${base}/ready`);
    expect(output).toBe("200 1\n200 0\n");
  });

  it("reads the text that its Accept header asks for", async () => {
    expect((await curl("-H", "Accept: text/plain", `${base}/ready`)).output).toContain("[+]database ok\n");
  });

  it("gets 405 and what is allowed for a POST, 404 beside the mount", async () => {
    const posted = await curl("-f", "-i", "-d", "x=1", `${base}/ready`);
    expect(posted.exit).toBe(22);
    expect((await curl("-i", "-d", "x=1", `${base}/ready`)).output).toMatch(/^HTTP\/1\.1 405 [^]*\r\nallow: GET, HEAD, OPTIONS\r\n/i);
    expect((await curl("-o", "/dev/null", "-w", "%{http_code}", `${base}z`)).output).toBe("404");
  });

  it("is told to close the connection, and 503, once the service drains", async () => {
    const leaving = await probed();
    await leaving.tell("drain");
    const { output } = await curl("-i", `http://127.0.0.1:${leaving.port}/health/ready`);
    expect(output).toMatch(/^HTTP\/1\.1 503 [^]*\r\nconnection: close\r\n/i);
    expect(output).toContain('"lifecycle":"draining"');
    expect((await curl("-f", `http://127.0.0.1:${leaving.port}/health/live`)).exit).toBe(0);
    await leaving.stop();
  });

  it.each(["express", "fastify", "koa", "fetch"])("-f finds the %s example ready, by GET, HEAD and OPTIONS", async (name) => {
    const example: Served = await served(`examples/${name}/server.mjs`);
    const asked = [[], ["--head"], ["-X", "OPTIONS"], ["--http1.0"]].map((args) => curl("-f", ...args, `${example.base}/health/ready`));
    expect((await Promise.all(asked)).map(({ exit }) => exit)).toEqual([0, 0, 0, 0]);
    await example.stop();
  });
});
