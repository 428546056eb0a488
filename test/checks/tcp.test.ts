import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { tcpCheck, type TcpCheckOptions } from "probekit/checks/tcp";
import { runCheck } from "probekit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { missingRedis, redisServer } from "../support/real/redis.js";
import { describeReal, freePort } from "../support/real/served.js";
import { thrown } from "./support/thrown.js";

/** A server that does what the test says with each connection. */
const serverOf = async (onConnection: (socket: Socket) => unknown, host = "127.0.0.1") => {
  const sockets: Socket[] = [];
  const closed: Promise<unknown>[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    closed.push(new Promise((resolve) => socket.on("error", () => {}).on("close", resolve)));
    socket.resume();
    onConnection(socket);
  });
  server.listen(0, host);
  await once(server, "listening");
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, sockets, closed };
};

const greets = (text: string | Uint8Array) => serverOf((socket) => socket.write(text));

const asked = (port: number, options?: TcpCheckOptions, timeoutMs = 3000) => runCheck(tcpCheck("127.0.0.1", port, options), { timeoutMs });

const unexpected = { status: "error", reason: "failed", message: "the server's answer is not the expected one" };

describe("tcpCheck", () => {
  it("is ok as soon as the connection is open, and destroys it", async () => {
    const { port, sockets, closed } = await serverOf(() => {});
    expect(await asked(port)).toMatchObject({ status: "ok" });
    await expect.poll(() => sockets.length).toBe(1);
    await Promise.all(closed);
  });

  it("says that a port is closed, whichever of a name's addresses were tried", async () => {
    const port = await freePort();
    const refused = { status: "error", reason: "failed", message: "connection refused (ECONNREFUSED)" };
    expect(await asked(port)).toMatchObject(refused);
    expect(await runCheck(tcpCheck("localhost", port))).toMatchObject(refused);
  });

  it("finds a server behind a name", async () => {
    const { port } = await serverOf(() => {});
    expect(await runCheck(tcpCheck("localhost", port), { timeoutMs: 3000 })).toMatchObject({ status: "ok" });
  });

  it("names a host that DNS does not know without showing it", async () => {
    const { status, message } = await runCheck(tcpCheck("nobody.invalid", 80), { timeoutMs: 10_000 });
    expect(status).toBe("error");
    expect(message).toMatch(/^DNS: the (?:host name was not found \(ENOTFOUND\)|name server did not answer \(EAI_AGAIN\))$/);
  });

  it("matches the beginning of the greeting, in however many pieces it comes", async () => {
    const { port } = await serverOf((socket) => {
      socket.setNoDelay(true);
      const pieces = [..."220 mail ready\r\n"];
      const next = (): void => void (pieces.length > 0 && socket.write(pieces.shift()!, () => setImmediate(next)));
      next();
    });
    expect(await asked(port, { expect: "220 mail" })).toMatchObject({ status: "ok" });
    expect(await asked(port, { expect: Buffer.from("220 ") })).toMatchObject({ status: "ok" });
    expect(await asked(port, { expect: /^220 .*ready$/ })).toMatchObject({ status: "ok" });
    expect(await asked(port, { expect: /^220 .*ready$/g })).toMatchObject({ status: "ok" });
    expect(await asked(port, { expect: "220-" })).toMatchObject(unexpected);
    expect(await asked(port, { expect: /^250/ })).toMatchObject(unexpected);
  });

  it("matches a pattern only against the whole first line", async () => {
    const inPieces = (...pieces: string[]) => serverOf(async (socket) => {
      socket.setNoDelay(true);
      for (const piece of pieces) await new Promise((resolve) => socket.write(piece, () => setImmediate(resolve)));
    });
    expect(await asked((await inPieces("-", "ERR no\r\n")).port, { expect: /^(?!-ERR)/ })).toMatchObject(unexpected);
    expect(await asked((await inPieces("220", "-busy\r\n")).port, { expect: /^220$/ })).toMatchObject(unexpected);
    const { port } = await serverOf((socket) => socket.end("ready"));
    expect(await asked(port, { expect: /^ready$/ })).toMatchObject({ status: "ok" });
  });

  it("uses a global or sticky pattern again and again", async () => {
    const { port } = await greets("220 ready\r\n");
    const check = tcpCheck("127.0.0.1", port, { expect: /ready/g });
    for (let turn = 0; turn < 3; turn++) expect(await runCheck(check, { timeoutMs: 3000 })).toMatchObject({ status: "ok" });
    const other = tcpCheck("127.0.0.1", port, { expect: /^220/gy });
    for (let turn = 0; turn < 3; turn++) expect(await runCheck(other, { timeoutMs: 3000 })).toMatchObject({ status: "ok" });
  });

  it("compares bytes that are no text", async () => {
    const { port } = await greets(Uint8Array.of(0, 255, 254, 1));
    expect(await asked(port, { expect: Uint8Array.of(0, 255, 254) })).toMatchObject({ status: "ok" });
    expect(await asked(port, { expect: Uint8Array.of(0, 255, 253) })).toMatchObject(unexpected);
  });

  it("looks at the first line alone, and at 4 KiB at most", async () => {
    const second = await greets("first\r\nsecond\r\n");
    expect(await asked(second.port, { expect: /second/ })).toMatchObject(unexpected);
    const { port } = await serverOf((socket) => {
      const more = (): void => void (socket.writable && socket.write("x".repeat(65_536), more));
      more();
    });
    expect(await asked(port, { expect: /y/ })).toMatchObject(unexpected);
    expect(await asked(port, { expect: "x".repeat(4096) })).toMatchObject({ status: "ok" });
  });

  it("tells a server that ends or resets the connection before it has answered", async () => {
    const ends = await serverOf((socket) => socket.end("22"));
    expect(await asked(ends.port, { expect: "220 " })).toMatchObject({
      status: "error",
      reason: "failed",
      message: "connection lost: the server closed it before it had answered",
    });
    const resets = await serverOf((socket) => socket.write("22", () => socket.resetAndDestroy()));
    expect(await asked(resets.port, { expect: "220 " })).toMatchObject({ status: "error", message: "connection lost (ECONNRESET)" });
  });

  it("times out at a server that says nothing, and destroys the connection", async () => {
    const { port, closed } = await serverOf(() => {});
    expect(await asked(port, { expect: "220 " }, 100)).toMatchObject({ status: "error", reason: "timeout" });
    await Promise.all(closed);
  });

  it("opens nothing when it is aborted before it begins", async () => {
    const { port, sockets } = await serverOf(() => {});
    const context = { signal: AbortSignal.abort(new Error("gone")), name: "port" };
    await expect(tcpCheck("127.0.0.1", port)(context)).rejects.toThrow("gone");
    expect(sockets).toEqual([]);
  });

  it("refuses a host and a port that it can't connect to", () => {
    const refused = (host: unknown, port: unknown) => thrown(() => tcpCheck(host as string, port as number));
    const host = (got: string) => ({
      code: "invalid-option",
      message: `tcpCheck takes a host name or an IP address, without a scheme, brackets or a port; got ${got}`,
    });
    expect(refused(undefined, 80)).toEqual(host("undefined"));
    expect(refused("", 80)).toEqual(host("an empty string"));
    expect(refused("tcp://user:secret@host:80", 80)).toEqual(host("a URL"));
    expect(refused("host:80", 80)).toEqual(host("something else"));
    expect(refused("[::1]", 80)).toEqual(host("something else"));
    expect(refused({ host: "host" }, 80)).toEqual(host("an object"));
    const expected = "tcpCheck takes a port, a whole number from 1 to 65535; got";
    const port = (got: string) => ({ code: "invalid-option", message: `${expected} ${got}` });
    for (const given of [0, -1, 65_536, 1.5, Number.NaN]) expect(refused("host", given)).toEqual(port(String(given)));
    expect(refused("host", "80")).toEqual(port("a string"));
    expect(refused("host", undefined)).toEqual(port("undefined"));
    for (const given of ["host", "host.internal.", "10.0.0.1", "::1", "fe80::1%eth0", "_a-b.bücher.test"]) {
      expect(tcpCheck(given, 80)).toBeTypeOf("function");
    }
  });

  it("refuses options that it can't use", () => {
    const refused = (options: unknown) => thrown(() => tcpCheck("host", 80, options as TcpCheckOptions));
    const expected = "expect must be a string, a RegExp or bytes, of 1 to 4096 bytes; got ";
    expect(refused({ expect: "" })).toEqual({ code: "invalid-option", message: `${expected}0 bytes` });
    expect(refused({ expect: "x".repeat(4097) }).message).toBe(`${expected}4097 bytes`);
    expect(refused({ expect: 220 }).message).toBe(`${expected}a number`);
    expect(refused({ expect: "x", send: "" }).message).toBe("send must be a string that is not empty; got an empty one");
    expect(refused({ expect: "x", send: 1 }).message).toBe("send must be a string that is not empty; got a number");
    expect(refused({ send: "x" }).message).toBe("send needs expect: without it nobody waits for the answer");
    expect(refused({ tls: true })).toEqual({ code: "unknown-option", message: 'tcpCheck has no option "tls"; it has expect, send' });
    expect(tcpCheck("host", 80, { expect: undefined, send: undefined })).toBeTypeOf("function");
  });
});

describeReal("tcpCheck of a server that is spoken to first", missingRedis, () => {
  it("sends what it was given, and looks at the answer", async () => {
    const server = await redisServer(["--requirepass", "s3cret"]);
    onTestFinished(() => server.remove());
    expect(await asked(server.port, { send: "AUTH s3cret\r\n", expect: "+OK\r\n" })).toMatchObject({ status: "ok" });
    expect(await asked(server.port, { send: "PING\r\n", expect: "+PONG\r\n" })).toMatchObject(unexpected);
    expect(await asked(server.port, { send: "PING\r\n", expect: /^-NOAUTH / })).toMatchObject({ status: "ok" });
  }, 30_000);
});
