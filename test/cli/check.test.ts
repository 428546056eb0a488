import { createServer } from "node:http";
import { createHealth } from "probekit";
import { httpHealth } from "probekit/http";
import { describe, expect, it, onTestFinished } from "vitest";
import { freePort } from "../support/real/served.js";
import { listen } from "../adapters/listen.js";
import { commandLine } from "./support/built.js";
import type { Ended } from "./support/process.js";
import { answering, saying, service } from "./support/servers.js";

const cli = commandLine();

/** A figure that differs from run to run reads as `N ms`. */
const check = async (...args: readonly string[]): Promise<Ended> => {
  const { code, stdout, stderr } = await cli.start(["check", "--timeout", "30s", ...args]).ended;
  return { code, stdout: stdout.replace(/ \d+ ms/g, " N ms"), stderr };
};

const json = async (...args: readonly string[]) => JSON.parse((await check("--json", ...args)).stdout);

describe("probekit check", () => {
  it("ends with 0 and one line on stdout while healthy, and nothing on stderr", async () => {
    const { url } = await service();
    expect(await check(url)).toEqual({ code: 0, stdout: `healthy ${url} N ms\n`, stderr: "" });
  });

  it("ends with 0 while degraded, and says why", async () => {
    const { url, says } = await service();
    says({ status: "warn" });
    expect(await check(url)).toEqual({ code: 0, stdout: `degraded ${url} N ms: redis failed\n`, stderr: "" });
  });

  it("ends with 1 while unhealthy, names the causes and their reasons, and says nothing on stderr either", async () => {
    const { url, says, health } = await service();
    health.register("database", () => new Promise(() => {}), { timeoutMs: 20 });
    says(false);
    expect(await check(url)).toEqual({ code: 1, stdout: `unhealthy ${url} N ms: redis failed, database timeout\n`, stderr: "" });
  });

  it("says the causes' messages where the service shows them", async () => {
    const { url, says } = await service({ details: "full" });
    says({ status: "error", message: "connection refused" });
    expect((await check(url)).stdout).toBe(`unhealthy ${url} N ms: redis failed: connection refused\n`);
  });

  it("says that a service drains", async () => {
    const { url, health } = await service();
    health.drain();
    expect(await check(url)).toEqual({ code: 1, stdout: `unhealthy ${url} N ms: draining\n`, stderr: "" });
  });

  it("needs no details: without them the status code is the reason", async () => {
    const { url, says } = await service({ details: "none" });
    expect((await check(url)).code).toBe(0);
    says(false);
    expect(await check(url)).toEqual({ code: 1, stdout: `unhealthy ${url} N ms: status code 503\n`, stderr: "" });
  });

  it("believes the report that is unhealthy with status code 200", async () => {
    const { url, says } = await service({ statusCodes: { unhealthy: 200 } });
    says(false);
    expect(await check(url)).toEqual({ code: 1, stdout: `unhealthy ${url} N ms: redis failed\n`, stderr: "" });
  });

  it("fails a degraded report that comes with a status code of failure", async () => {
    const { url, says } = await service({ statusCodes: { degraded: 503 } });
    says({ status: "warn" });
    expect(await check(url)).toEqual({ code: 1, stdout: `degraded ${url} N ms: status code 503, redis failed\n`, stderr: "" });
  });

  it("ends with 1 where nothing listens", async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    expect(await check(url)).toEqual({ code: 1, stdout: `unreachable ${url} N ms: connection refused (ECONNREFUSED)\n`, stderr: "" });
  });

  it("ends with 1 for a name that no name server knows", async () => {
    const { code, stdout } = await check("http://unknown.invalid/");
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^unreachable http:\/\/unknown\.invalid\/ N ms: DNS: /)]);
  });

  it("looks at one check alone", async () => {
    const { url, says } = await service();
    says(false);
    expect((await check(`${url}/redis`)).stdout).toBe(`unhealthy ${url}/redis N ms: redis failed\n`);
    expect(await check(`${url}/unknown`)).toMatchObject({ code: 1, stdout: `unhealthy ${url}/unknown N ms: status code 404\n` });
  });

  it("says nothing at all with --quiet", async () => {
    const { url, says } = await service();
    expect(await check("--quiet", url)).toEqual({ code: 0, stdout: "", stderr: "" });
    says(false);
    expect(await check("-q", url)).toEqual({ code: 1, stdout: "", stderr: "" });
  });
});

describe("--expect", () => {
  it("degraded=fail fails what is degraded", async () => {
    const { url, says } = await service();
    expect((await check("--expect", "degraded=fail", url)).code).toBe(0);
    says({ status: "warn" });
    expect(await check("--expect", "degraded=fail", url)).toEqual({ code: 1, stdout: `degraded ${url} N ms: redis failed\n`, stderr: "" });
    expect((await check("--expect", "degraded=pass", url)).code).toBe(0);
  });

  it("version=… and service=… fail another's report", async () => {
    const { url } = await service({}, { service: "orders", version: "2.0.9" });
    const asked = await Promise.all(
      [["version=2.0.9", "service=orders"], ["version=2.1.0"], ["service=payments"]].map((all) =>
        check(...all.flatMap((one) => ["--expect", one]), url),
      ),
    );
    expect(asked.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, `healthy ${url} N ms\n`],
      [1, `unexpected ${url} N ms: version is 2.0.9, not 2.1.0\n`],
      [1, `unexpected ${url} N ms: service is orders, not payments\n`],
    ]);
  });

  it("version=… fails a report that names none", async () => {
    const { url } = await service({ details: "none" });
    expect(await check("--expect=version=2.1.0", url)).toMatchObject({
      code: 1,
      stdout: `unexpected ${url} N ms: the report names no version, not 2.1.0\n`,
    });
  });
});

describe("--json", () => {
  it("is one line that holds the report's main points", async () => {
    const { url, says } = await service({ details: "full" }, { service: "orders", version: "2.1.0" });
    says({ status: "error", message: "connection refused" });
    expect(await json(url)).toEqual({
      status: "unhealthy",
      passes: false,
      url,
      statusCode: 503,
      latencyMs: expect.any(Number),
      service: "orders",
      version: "2.1.0",
      lifecycle: "running",
      causes: [{ name: "redis", status: "error", reason: "failed", message: "connection refused" }],
    });
  });

  it("holds the reason where there is no report", async () => {
    const url = `http://127.0.0.1:${await freePort()}/`;
    expect(await json(url)).toEqual({
      status: "unreachable",
      passes: false,
      url,
      latencyMs: expect.any(Number),
      message: "connection refused (ECONNREFUSED)",
      causes: [],
    });
  });

  it.each([
    { name: "for people", flags: [] },
    { name: "for programs", flags: ["--json"] },
  ])("stays under 4 KiB whatever fails, $name", async ({ flags }) => {
    const health = createHealth({ logger: false });
    onTestFinished(() => health.close());
    for (let index = 0; index < 300; index++)
      health.register(`${"long".repeat(12)}${index}`, () => ({ status: "error", message: "€".repeat(500) }));
    const port = await listen(createServer(httpHealth(health, { details: "full" })));
    const { code, stdout, stderr } = await check(...flags, `:${port}/health/ready`);
    expect([code, stderr, stdout.split("\n").length]).toEqual([1, "", 2]);
    expect(Buffer.byteLength(stdout)).toBeLessThan(4096);
    expect(stdout).toMatch(/^(?:unhealthy .*: |.*"causes":\[\{"name":")(?:long){12}0/);
  });
});

describe("reports of other services", () => {
  it.each([
    { name: "Spring's UP", type: "application/vnd.spring-boot.actuator.v3+json", body: '{"status":"UP"}', code: 0, line: "healthy" },
    {
      name: "Spring's DOWN with status code 200",
      type: "application/json",
      body: '{"status":"DOWN","components":{"db":{"status":"DOWN"},"disk":{"status":"UP"}}}',
      code: 1,
      line: "unhealthy: db DOWN",
    },
    {
      name: "the draft's fail",
      type: "application/health+json",
      body: '{"status":"fail","checks":{"redis:responseTime":[{"status":"fail","output":"timeout"}],"db":[{"status":"pass"}]}}',
      code: 1,
      line: "unhealthy: redis:responseTime timeout",
    },
    { name: "the draft's warn", type: "application/health+json; charset=utf-8", body: '{"status":"warn"}', code: 0, line: "degraded" },
    {
      name: "MicroProfile's list",
      type: "application/json",
      body: '{"status":"DOWN","checks":[{"name":"jms","status":"DOWN"}]}',
      code: 1,
      line: "unhealthy: jms DOWN",
    },
    { name: "ASP.NET's word", type: "text/plain", body: "Unhealthy", code: 1, line: "unhealthy" },
    {
      name: "Kubernetes' lines",
      type: "text/plain; charset=utf-8",
      body: "[+]ping ok\n[-]etcd failed: reason withheld\nreadyz check failed",
      status: 500,
      code: 1,
      line: "unhealthy: status code 500, etcd reason withheld",
    },
    { name: "a word that nobody knows", type: "application/json", body: '{"status":"splendid"}', code: 0, line: "healthy" },
    { name: "a number", type: "application/json", body: '{"status":500}', code: 0, line: "healthy" },
    { name: "JSON that is no object", type: "application/json", body: '["down"]', code: 0, line: "healthy" },
    { name: "JSON with a byte order mark", type: "application/json", body: '\uFEFF{"status":"DOWN"}', code: 1, line: "unhealthy" },
    { name: "JSON that is called text", type: "text/plain", body: ' \n{"status":"unhealthy"}', code: 1, line: "unhealthy" },
    { name: "JSON that is called a page", type: "text/html", body: '{"status":"DOWN"}', code: 1, line: "unhealthy" },
    { name: "text that only begins as JSON does", type: "text/plain", body: "{unhealthy", code: 0, line: "healthy" },
    { name: "a page", type: "text/html", body: "<h1>down</h1>", code: 0, line: "healthy" },
    {
      name: "healthy with status code 500",
      type: "application/json",
      body: '{"status":"healthy"}',
      status: 500,
      code: 1,
      line: "unhealthy: status code 500",
    },
  ])("$name", async ({ type, body, status, code, line }) => {
    const url = await saying(type, body, status);
    const [word, ...why] = line.split(": ");
    expect(await check(url)).toEqual({ code, stdout: `${[`${word} ${url} N ms`, ...why].join(": ")}\n`, stderr: "" });
  });

  it.each(['{"status":"DOWN"}', '\uFEFF{"status":"unhealthy"}', "DOWN"])("are read without a content type: %j", async (body) => {
    const url = await answering((_, response) => void response.end(body));
    expect(await check(url)).toEqual({ code: 1, stdout: `unhealthy ${url} N ms\n`, stderr: "" });
  });

  it("are asked for as JSON, over a connection that is not kept, with the headers given", async () => {
    const heard: unknown[] = [];
    const url = await answering(({ method, url: path, headers }, response) => {
      heard.push([method, path, headers]);
      response.end();
    });
    await check("-H", "X-Probe: a", "--header", "x-probe: b", "-H", "User-Agent: me", `${url}health?exclude=a`);
    expect(heard).toEqual([
      [
        "GET",
        "/health?exclude=a",
        {
          host: new URL(url).host,
          accept: "application/json, */*;q=0.1",
          "accept-encoding": "identity",
          "user-agent": "me",
          "x-probe": "a, b",
          connection: "close",
        },
      ],
    ]);
  });

  it("are read as text and as health+json where an Accept header asks for it", async () => {
    const { url, says } = await service();
    says(false);
    expect((await check("-H", "Accept: text/plain", url)).stdout).toBe(`unhealthy ${url} N ms: redis failed\n`);
    expect((await check("-H", "Accept: application/health+json", url)).stdout).toBe(`unhealthy ${url} N ms: redis failed\n`);
  });
});
