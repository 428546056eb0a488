import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { folder, remove } from "../support/real/served.js";
import { commandLine } from "./support/built.js";
import type { Ended } from "./support/process.js";
import { answering } from "./support/servers.js";

const cli = commandLine();

const run = (...args: readonly string[]): Promise<Ended> => cli.start(args).ended;

const got = (shown: string): string =>
  `expected a URL such as http://127.0.0.1:3000/health/ready, :3000/health/ready or unix:/run/app.sock:/health/ready; got "${shown}"`;

describe("wrong usage", () => {
  it.each([
    { args: [], why: "a command is missing: check, wait or watch" },
    { args: ["chek", "http://a"], why: 'probekit has no command "chek"; did you mean "check"?' },
    { args: ["deploy"], why: 'probekit has no command "deploy"' },
    { args: ["--jsn"], why: 'probekit has no option "--jsn"' },
    { args: ["http://user:s3cret@a/"], why: "a command comes before the URL: probekit check URL" },
    { args: ["check"], why: "check needs a URL: probekit check http://127.0.0.1:3000/health/ready" },
    { args: ["check", "http://a", "http://user:s3cret@b"], why: "check takes one URL; got 2" },
    { args: ["check", "http://a", "--timeuot", "2s"], why: 'check has no option --timeuot; did you mean "--timeout"?' },
    { args: ["check", "http://a", "--heder=Authorization: s3cret"], why: 'check has no option --heder; did you mean "--header"?' },
    { args: ["check", "http://a", "-x"], why: "check has no option -x" },
    { args: ["check", "http://a", "--interval", "1s"], why: "check has no option --interval" },
    { args: ["watch", "http://a", "--timeout", "2s"], why: 'watch has no option --timeout; did you mean "--request-timeout"?' },
    { args: ["check", "http://a", "--timeout"], why: "--timeout needs a value: --timeout DURATION" },
    { args: ["check", "http://a", "--timeout="], why: "--timeout needs a value: --timeout DURATION" },
    { args: ["check", "http://a", "--json=yes"], why: "--json takes no value" },
    { args: ["check", "http://a", "--timeout", "1s", "--timeout", "2s"], why: "--timeout stands twice" },
    { args: ["check", "http://a", "--timeout", "2"], why: "--timeout 2 is 2 milliseconds; write 2s or 2ms" },
    { args: ["check", "http://a", "--timeout", "soon"], why: '--timeout takes a duration such as 500ms, 2s or 5m; got "soon"' },
    { args: ["check", "http://a", "--timeout", "0s"], why: "--timeout must be from 1ms to 24d; got 0s" },
    { args: ["check", "http://a", "-t", "0"], why: "--timeout must be from 1ms to 24d; got 0" },
    { args: ["check", "http://a", "--timeout", "25d"], why: "--timeout must be from 1ms to 24d; got 25d" },
    { args: ["wait", "http://a", "--successes", "0"], why: '--successes takes a whole number from 1 to 9999; got "0"' },
    {
      args: ["check", "http://a", "--expect", "degraded=no"],
      why: '--expect takes degraded=fail, degraded=pass, version=VERSION or service=NAME; got "degraded=no"',
    },
    {
      args: ["check", "http://a", "--expect", "versoin=2"],
      why: '--expect takes degraded=fail, degraded=pass, version=VERSION or service=NAME; got "versoin=2"; did you mean "version"?',
    },
    { args: ["check", "http://a", "--expect", "version=1", "--expect", "version=2"], why: "--expect version stands twice" },
    {
      args: ["check", "http://a", "-H", "s3cret"],
      why: "--header takes 'Name: value', or @FILE with one on each line; one of them has no name before a colon",
    },
    { args: ["check", "http://a", "-H", "X-Key: s3\u0007cret"], why: "--header x-key holds characters that no header may hold" },
    { args: ["check", "http://a", "-H", "Transfer-Encoding: s3cret"], why: "--header can't set transfer-encoding" },
    { args: ["check", "http://a", "-H", "@/nowhere"], why: "--header can't read /nowhere (ENOENT)" },
    { args: ["check", "ftp://user:s3cret@a/"], why: "expected an http: or https: URL; got ftp:" },
    {
      args: ["check", "http://user:s3cret@a:99999/"],
      why: "expected a URL such as http://127.0.0.1:3000/health/ready, :3000/health/ready or unix:/run/app.sock:/health/ready; got something else",
    },
    { args: ["check", ":99999"], why: got(":99999") },
    ...["https:", "http:/127.0.0.1:1/x", "http:///x", "-", "./x"].map((word) => ({ args: ["check", word], why: got(word) })),
    { args: ["check", "--", "--json"], why: got("--json") },
    { args: ["check", " http://127.0.0.1:1/x  "], why: got(" http://127.0.0.1:1/x  ") },
    { args: ["check", "\u202E http://a"], why: got("\\u{202e} http://a") },
    { args: ["check", "http://127.0.0.1:99999/?token=s3cret s3cret"], why: got("http://127.0.0.1:99999/?token=***") },
    { args: ["check", ":99999/x?%74oken=s3cret&exclude=a"], why: got(":99999/x?%74oken=***&exclude=a") },
    ...["-v", "--version", "-h"].flatMap((word) =>
      [
        ["check", word, "http://127.0.0.1:1/"],
        ["check", "http://127.0.0.1:1/", word],
        ["check", word, "--", "http://127.0.0.1:1/"],
        [word, "http://127.0.0.1:1/"],
      ].map((args) => ({ args, why: "-h, -v and --version stand alone, without a URL" })),
    ),
    { args: ["http://127.0.0.1:1/", "-v"], why: "a command comes before the URL: probekit check URL" },
    { args: ["help", "chck"], why: 'probekit has no command "chck"; did you mean "check"?' },
  ])("$args: 64", async ({ args, why }) => {
    expect(await run(...args)).toEqual({ code: 64, stdout: "", stderr: `probekit: ${why}\nTry "probekit --help".\n` });
  });
});

describe("help and version", () => {
  it.each([["--help"], ["-h"], ["help"]])("%s names the commands, what all of them know, and the exit codes", async (...args) => {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).toEqual([0, ""]);
    for (const part of ["check URL", "wait URL…", "watch URL…", "--header", "--expect", "Exit codes: 0 "]) expect(stdout).toContain(part);
    expect(stdout).not.toContain("--successes");
  });

  it("of a command names its own options, the same in both spellings", async () => {
    const { stdout } = await run("help", "wait");
    expect(stdout).toContain("--successes N ");
    expect(await run("wait", "--help")).toEqual({ code: 0, stdout, stderr: "" });
    expect(await run("wait", "-h")).toEqual({ code: 0, stdout, stderr: "" });
    expect(await run("wait", "http://a", "--help", "--nonsense")).toEqual({ code: 0, stdout, stderr: "" });
    expect((await run("help", "check")).stdout).not.toContain("--successes");
  });

  it("is no wider than a terminal", async () => {
    for (const args of [["help"], ["help", "check"], ["help", "wait"], ["help", "watch"]]) {
      const { stdout } = await run(...args);
      expect(stdout.split("\n").filter((line) => line.length > 100)).toEqual([]);
    }
  });

  it.each(["--version", "-v"])("%s is the package's version", async (word) => {
    const { version } = (await import("../../package.json", { with: { type: "json" } })).default;
    expect(await run(word)).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
  });
});

describe("--header @FILE", () => {
  it("sends what stands in the file, one on each line", async () => {
    const data = await folder();
    onTestFinished(() => remove(data));
    const file = join(data, "headers");
    await writeFile(file, "Authorization: Bearer abc\r\n\nX-Key: k\n");
    const heard: unknown[] = [];
    const url = await answering(({ headers }, response) => {
      heard.push([headers.authorization, headers["x-key"]]);
      response.end();
    });
    expect((await run("check", "--timeout", "30s", "-H", `@${file}`, url)).code).toBe(0);
    expect(heard).toEqual([["Bearer abc", "k"]]);
  });
});
