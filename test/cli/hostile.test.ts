import { createServer } from "node:http";
import type { Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { listen } from "../adapters/listen.js";
import { folder, remove } from "../support/real/served.js";
import { commandLine } from "./support/built.js";
import type { Ended } from "./support/process.js";
import { answering, raw, saying } from "./support/servers.js";

const cli = commandLine();

/** A figure that differs from run to run reads as `N ms`. */
const check = async (...args: readonly string[]): Promise<Ended> => {
  const { code, stdout, stderr } = await cli.start(["check", ...args]).ended;
  return { code, stdout: stdout.replace(/ \d+ ms/g, " N ms"), stderr };
};

const patient = (url: string, ...args: readonly string[]): Promise<Ended> => check("--timeout", "30s", ...args, url);

const head = (...headers: readonly string[]): string => ["HTTP/1.1 200 OK", ...headers, "", ""].join("\r\n");

const forEver = (socket: Socket, write: () => void): void => {
  const timer = setInterval(write, 20);
  socket.on("close", () => clearInterval(timer));
};

const found = (word: string, url: string, why: string) => ({ code: 1, stdout: `${word} ${url} N ms: ${why}\n`, stderr: "" });

describe("the limit of time", () => {
  it("ends a check whose server never answers", async () => {
    const url = await raw(() => {});
    expect(await check("--timeout", "300ms", url)).toEqual(found("timeout", url, "connected, but no answer within 300ms"));
  });

  it("ends one whose headers drip for ever", async () => {
    const url = await raw((socket) => {
      socket.write("HTTP/1.1 200 OK\r\n");
      forEver(socket, () => socket.write("x: y\r\n"));
    });
    expect(await check("--timeout=300", url)).toEqual(found("timeout", url, "connected, but no answer within 300ms"));
  });

  it("ends one whose body drips for ever", async () => {
    const url = await raw((socket) => {
      socket.write(head("content-length: 1000000"));
      forEver(socket, () => socket.write("x"));
    });
    expect(await check("-t", "1.5s", url)).toEqual(found("timeout", url, "answered 200, but no end of its body within 1.5s"));
  });

  it("ends one whose TLS handshake is never answered", async () => {
    const url = (await raw(() => {})).replace("http:", "https:");
    expect(await check("--timeout", "500ms", url)).toEqual(found("timeout", url, "connected, but no TLS handshake within 500ms"));
  });

  it("is two seconds by default", async () => {
    const url = await raw(() => {});
    const begun = performance.now();
    expect(await check(url)).toEqual(found("timeout", url, "connected, but no answer within 2s"));
    expect(performance.now() - begun).toBeGreaterThanOrEqual(1998);
  });
});

describe("what a server may send", () => {
  it.each([
    { name: "nothing, and closes", bytes: "", why: "connection lost (ECONNRESET)" },
    { name: "half a head", bytes: "HTTP/1.1 200 OK\r\nconte", why: "connection lost (ECONNRESET)" },
    { name: "half a body", bytes: `${head("content-length: 100")}{"status":"healthy"}`, why: "connection lost (ECONNRESET)" },
    { name: "half of a chunked body", bytes: `${head("transfer-encoding: chunked")}5\r\nhello\r\n`, why: "connection lost (ECONNRESET)" },
    { name: "garbage", bytes: "\u0000\u0001SSH-2.0-OpenSSH_9.2\r\n", why: "the answer is not HTTP/1 (HPE_INVALID_CONSTANT)" },
    {
      name: "garbage after its head",
      bytes: `${head("transfer-encoding: chunked")}zz\r\n`,
      why: "the answer is not HTTP/1 (HPE_INVALID_CHUNK_SIZE)",
    },
    { name: "huge headers", bytes: head(`x: ${"y".repeat(100_000)}`), why: "the answer's headers are too long (HPE_HEADER_OVERFLOW)" },
  ])("$name: unreachable", async ({ bytes, why }) => {
    const url = await raw((socket) => void socket.end(bytes));
    expect(await patient(url)).toEqual(found("unreachable", url, why));
  });

  it("a reset: unreachable", async () => {
    const url = await raw((socket) => void socket.resetAndDestroy());
    expect(await patient(url)).toEqual(found("unreachable", url, "connection lost (ECONNRESET)"));
  });

  it("an endless body: cut off at 1 MiB", async () => {
    let written = 0;
    const url = await answering((_, response) => {
      const pour = (): void => {
        for (let isTaken = true; isTaken && !response.destroyed; written += 65_536) isTaken = response.write("x".repeat(65_536));
      };
      response.on("drain", pour);
      pour();
    });
    expect(await patient(url)).toEqual(found("unexpected", url, "the answer is longer than 1 MiB"));
    expect(written).toBeGreaterThan(1_048_576);
  });

  it.each([301, 302, 303, 307, 308])("a redirect with status code %i: not followed, and told", async (statusCode) => {
    const url = await answering((request, response) => {
      if (request.url === "/next") response.end();
      else response.writeHead(statusCode, { location: "http://user:hunter22@127.0.0.1/next" }).end();
    });
    expect(await patient(url)).toEqual(found("unexpected", url, `redirected (${statusCode}) to http://***@127.0.0.1/next, not followed`));
  });

  it.each(['{"status":"heal', "all is well"])("JSON that can't be read, %j: unexpected", async (body) => {
    const url = await saying("application/json", body);
    expect(await patient(url)).toEqual(found("unexpected", url, "the answer says that it is JSON and is not (status code 200)"));
  });

  it("a million brackets: a failure", async () => {
    const url = await saying("application/json", "[".repeat(1_000_000));
    expect((await patient(url)).code).toBe(1);
  });

  it.each([
    { name: "204", act: (socket: Socket) => void socket.end("HTTP/1.1 204 No Content\r\n\r\n") },
    {
      name: "an empty body that says it is JSON",
      act: (socket: Socket) => void socket.end(head("content-type: application/json", "content-length: 0")),
    },
    {
      name: "an answer in chunks",
      act: (socket: Socket) => void socket.write(`${head("transfer-encoding: chunked")}2\r\nhi\r\n0\r\n\r\n`),
    },
    { name: "a body that ends with its connection", act: (socket: Socket) => void socket.end(`${head()}hi`) },
    { name: "HTTP/1.0", act: (socket: Socket) => void socket.end("HTTP/1.0 200 OK\r\n\r\nhi") },
    {
      name: "a connection that it keeps",
      act: (socket: Socket) => void socket.write(`${head("content-length: 2", "connection: keep-alive")}hi`),
    },
    {
      name: "early hints",
      act: (socket: Socket) => void socket.end(`HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n${head("content-length: 0")}`),
    },
  ])("$name: healthy", async ({ act }) => {
    const url = await raw(act);
    expect(await patient(url)).toEqual({ code: 0, stdout: `healthy ${url} N ms\n`, stderr: "" });
  });

  it.each([
    { statusCode: 200, word: "unexpected", why: "the answer is encoded (gzip), which was not asked for (status code 200)" },
    { statusCode: 503, word: "unhealthy", why: "status code 503" },
  ])("a packed body with status code $statusCode: $word", async ({ statusCode, word, why }) => {
    const url = await answering((_, response) => {
      const headers = { "content-type": "application/json", "content-encoding": "gzip" };
      response.writeHead(statusCode, headers).end(gzipSync('{"status":"unhealthy"}'));
    });
    expect(await patient(url)).toEqual(found(word, url, why));
  });

  it.each(["identity", "Identity", ""])("a body that is encoded as %j: read", async (encoding) => {
    const url = await answering((_, response) => void response.writeHead(200, { "content-encoding": encoding }).end('{"status":"DOWN"}'));
    expect(await patient(url)).toMatchObject({ code: 1, stdout: `unhealthy ${url} N ms\n` });
  });

  it("another protocol: unhealthy", async () => {
    const url = await raw((socket) => void socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"));
    expect(await patient(url)).toEqual(found("unhealthy", url, "status code 101"));
  });

  it.each(["healthy", "pass"])("a page that says %j with status code 503: unhealthy", async (body) => {
    const url = await saying("text/plain", body, 503);
    expect(await patient(url)).toEqual(found("unhealthy", url, "status code 503"));
  });
});

describe("what reaches the terminal", () => {
  const evil = "\u001B]0;owned\u0007\u001B[2J\u001B[31mred\u001B[0m\u009B1A\r\nhealthy http://fake/ 1 ms\u202E\u200B\u0000";
  const printable = /^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*\n$/u;

  it("is one line without escape sequences, from names, reasons and messages", async () => {
    const body = JSON.stringify({
      status: "unhealthy",
      lifecycle: evil,
      causes: [evil],
      checks: { [evil]: { status: evil, reason: evil, message: evil } },
    });
    const url = await saying("application/json", body, 503);
    const { stdout } = await patient(url);
    expect(stdout).toMatch(printable);
    expect(stdout).toContain("red healthy http://fake/");
  });

  it("is one line from a text and from a redirect", async () => {
    const text = await saying("text/plain", `unhealthy\n[-]redis failed: ${evil}\n`, 503);
    expect((await patient(text)).stdout).toMatch(printable);
    const away = await raw(
      (socket) => void socket.end(`HTTP/1.1 302 Found\r\nlocation: /\u009B31m${"\u00FF".repeat(300)}\r\ncontent-length: 0\r\n\r\n`),
    );
    expect((await patient(away)).stdout).toMatch(printable);
  });

  it("is no text of escapes in JSON either", async () => {
    const url = await saying("application/json", JSON.stringify({ status: "fail", checks: { [evil]: { status: "fail", output: evil } } }));
    const { stdout } = await patient(url, "--json");
    expect(JSON.parse(stdout).causes).toEqual([
      { name: expect.stringMatching(/^red healthy/), status: "fail", reason: expect.stringMatching(/^red healthy/) },
    ]);
    expect(stdout).toMatch(printable);
  });

  it("holds no secret that was sent, even where the server says it back", async () => {
    const url = await answering(({ headers }, response) => {
      const { authorization, "x-key": key } = headers;
      const said = `${authorization} ${Buffer.from(authorization?.split(" ")[1] ?? "", "base64").toString()} ${key} redis://app:hunter22@cache`;
      response
        .writeHead(503, { "content-type": "application/json" })
        .end(JSON.stringify({ status: "unhealthy", causes: ["a"], checks: { a: { message: said } } }));
    });
    const secret = url.replace("http://", "http://probe:s3cret-word@");
    const { stdout } = await patient(`${secret}?token=abcdef&exclude=x`, "-H", "X-Key: k-123456789");
    expect(stdout).toMatch(/^unhealthy http:\/\/\*\*\*@127\.0\.0\.1:\d+\/\?token=\*\*\*&exclude=x N ms: a: /);
    expect(stdout).not.toMatch(/s3cret-word|k-123456789|hunter22|abcdef/);
    expect(stdout).not.toContain(Buffer.from("probe:s3cret-word").toString("base64"));
    const bearer = await patient(`${url}`, "-H", "Authorization: Bearer abc.def.ghi", "--json");
    expect(bearer.stdout).not.toContain("abc.def.ghi");
  });
});

describe("a secret that the server says back", () => {
  const secret = "S3CRETs3cretS3CRETs3cretS3CRETs3cret";
  const parts = /S3CRET|s3cret/;

  it.each([{ flags: [] }, { flags: ["--json"] }])("is masked in the redirect that keeps it, $flags", async ({ flags }) => {
    const url = await answering(({ url: path }, response) => void response.writeHead(302, { location: `/login${path}` }).end());
    const { code, stdout } = await patient(`${url}h?token=${secret}&x=S3CRET`, ...flags);
    expect([code, stdout]).toEqual([1, expect.stringContaining("redirected (302) to /login/h?token=***&x=***, not followed")]);
    expect(stdout).not.toMatch(parts);
  });

  it.each([
    { where: "a message", said: (told: string) => ({ status: "fail", checks: { a: { status: "fail", message: told } } }) },
    { where: "a name", said: (told: string) => ({ status: "fail", checks: { [told]: { status: "fail" } } }) },
    { where: "a version", said: (told: string) => ({ status: "ok", version: told }) },
    { where: "a text", said: (told: string) => `unhealthy\n[-]a failed: ${told}\n` },
  ])("is masked before $where is cut, wherever that is", async ({ said }) => {
    for (const before of [70, 90, 190]) {
      const told = `${"a".repeat(before)} ${secret}`;
      const body = said(told);
      const url = typeof body === "string" ? await saying("text/plain", body) : await saying("application/json", JSON.stringify(body));
      for (const args of [
        [url, "-H", `X-Key: ${secret}`],
        [`${url}?key=${secret}`, "--json"],
        [url.replace("//", `//${secret}@`), "--expect", "version=2"],
      ])
        expect((await check("--timeout", "30s", ...args)).stdout).not.toMatch(parts);
    }
  });

  it("is masked where only the beginning of a long text is read", async () => {
    const lines = (length: number): string => `unhealthy\n${"a".repeat(length)}\n[-]a failed: ${secret}`;
    for (const size of [65_536, 1_048_576]) {
      const url = await saying("text/plain", lines(size - lines(0).length + 16));
      const { code, stdout } = await patient(url, "-H", `X-Key: ${secret}`);
      expect([code, stdout]).toEqual([1, expect.not.stringMatching(parts)]);
    }
  });

  it("is compared before it is masked: an expected version may stand in the URL too", async () => {
    const url = await saying("application/json", '{"status":"healthy","version":"2.1.0"}');
    expect((await patient(`${url}?to=2.1.0&from=2.0.9`, "--expect", "version=2.1.0")).code).toBe(0);
    expect((await patient(`${url}?to=2.1.0&from=2.0.9`, "--expect", "version=2.0.9")).code).toBe(1);
  });

  it("takes nothing from the outcome's own word", async () => {
    const url = await saying("application/json", '{"status":"healthy"}');
    expect(await patient(url, "-H", "X-Key: healthy")).toEqual({ code: 0, stdout: `healthy ${url} N ms\n`, stderr: "" });
  });
});

describe("the environment", () => {
  it("gives no proxy", async () => {
    let asked = 0;
    const proxy = await answering((_, response) => {
      asked += 1;
      response.writeHead(500).end();
    });
    const url = await saying("application/json", '{"status":"healthy"}');
    const env = { http_proxy: proxy, HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy, NODE_USE_ENV_PROXY: "1" };
    const { code, stderr } = await cli.start(["check", "--timeout", "30s", url], { env }).ended;
    expect([code, stderr, asked]).toEqual([0, "", 0]);
  });

  it("may have no reader for stdout: the exit code stands", async () => {
    const held: (() => void)[] = [];
    const url = await answering((_, response) => void held.push(() => response.writeHead(200).end()));
    const running = cli.start(["check", "--timeout", "30s", url]);
    await expect.poll(() => held.length, { timeout: 30_000 }).toBe(1);
    running.leaveUnread();
    held[0]?.();
    expect(await running.ended).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("--unix-socket", () => {
  it("connects to a socket, whatever host the URL names, and so does unix:", async () => {
    const data = await folder();
    onTestFinished(() => remove(data));
    const hosts: (string | undefined)[] = [];
    const server = createServer(({ headers, url }, response) => {
      hosts.push(`${headers.host}${url}`);
      response.end();
    });
    const path = `${data}/app.sock`;
    await new Promise<void>((resolve) => server.listen(path, () => resolve()));
    onTestFinished(() => void server.close());
    expect(await patient("http://orders/health/ready?a=b", "--unix-socket", path)).toEqual({
      code: 0,
      stdout: "healthy http://orders/health/ready?a=*** N ms\n",
      stderr: "",
    });
    expect(await patient(`unix:${path}:/health/ready`)).toEqual({
      code: 0,
      stdout: `healthy unix:${path}:/health/ready N ms\n`,
      stderr: "",
    });
    expect(hosts).toEqual(["orders/health/ready?a=b", "localhost/health/ready"]);
    expect(await patient(`unix:${path}x`)).toEqual(found("unreachable", `unix:${path}x:/`, "no such socket (ENOENT)"));
  });

  it("asks a port of this machine where no host is named", async () => {
    const port = await listen(createServer((_, response) => void response.end()));
    expect((await patient(`:${port}/health`)).stdout).toBe(`healthy http://127.0.0.1:${port}/health N ms\n`);
    expect((await patient(`127.0.0.1:${port}`)).stdout).toBe(`healthy http://127.0.0.1:${port}/ N ms\n`);
  });
});
