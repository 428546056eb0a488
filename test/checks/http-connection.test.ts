import dns from "node:dns";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createSecure } from "node:https";
import { syncBuiltinESMExports } from "node:module";
import { createServer as createPlain, type Socket } from "node:net";
import { fc, test } from "@fast-check/vitest";
import { createHealth, type LogEntry } from "probekit";
import { httpCheck, type HttpCheckOptions } from "probekit/checks/http";
import { runCheck, type CheckRun } from "probekit/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { missingOpenssl, rootAuthority, type Authority, type Issued } from "../support/real/certificates.js";
import { describeReal, folder, freePort, remove } from "../support/real/served.js";
import { temporaryServers } from "./support/listening.js";

// Making certificates takes a while on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const listen = temporaryServers();

const ask = (url: string, options?: HttpCheckOptions, timeoutMs = 10_000): Promise<CheckRun> =>
  runCheck(httpCheck(url, options), { timeoutMs });

const failed = (message: string) => ({ status: "error", reason: "failed", message });

/** What the check says of a server that does so with each connection, once the request is there. */
const saidOf = async (answer: (socket: Socket) => unknown): Promise<CheckRun> => {
  const server = createPlain((socket) => socket.once("data", () => answer(socket)));
  return ask(`http://127.0.0.1:${await listen(server)}/`);
};

describe("a connection that fails", () => {
  it("is lost where the answer is cut off", async () => {
    const lost = failed("connection lost (ECONNRESET)");
    expect(await saidOf((socket) => socket.end())).toMatchObject(lost);
    expect(await saidOf((socket) => socket.resetAndDestroy())).toMatchObject(lost);
    expect(await saidOf((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"))).toMatchObject(lost);
    expect(await saidOf((socket) => socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nshort"))).toMatchObject(lost);
    const cut = (socket: Socket) => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", () => socket.resetAndDestroy());
    expect(await saidOf(cut)).toMatchObject(lost);
    expect((await saidOf((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Le"))).message).toMatch(/^connection lost \([A-Z_]+\)$/);
  });

  it("is none of HTTP's where the answer isn't", async () => {
    expect((await saidOf((socket) => socket.end("220 mail ESMTP\r\n"))).message).toMatch(/^the answer is not HTTP\/1 \(HPE_[A-Z_]+\)$/);
    const long = `HTTP/1.1 200 OK\r\nX: ${"x".repeat(20_000)}\r\n\r\n`;
    expect(await saidOf((socket) => socket.end(long))).toMatchObject(failed("the answer's headers are too long (HPE_HEADER_OVERFLOW)"));
  });

  it("is not lost where the body is none of HTTP's", async () => {
    const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await saidOf((socket) => socket.write(`${chunked}zz\r\nshort`))).toMatchObject(failed("the answer is not HTTP/1 (HPE_INVALID_CHUNK_SIZE)"));
  });

  it("is not lost where the server upgrades it unasked", async () => {
    const upgrade = "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n";
    expect(await saidOf((socket) => socket.write(upgrade))).toMatchObject(failed("answered 101, expected 200 to 299"));
  });

  it("is refused, of an address or of all that a name has", async () => {
    const port = await freePort();
    expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject(failed("connection refused (ECONNREFUSED)"));
    expect(await ask(`http://localhost:${port}/`)).toMatchObject(failed("connection refused (ECONNREFUSED)"));
    const { message } = await ask(`http://[::1]:${port}/`);
    expect(message).toMatch(/^(?:connection refused|no local address or port is free|network unreachable) \(E[A-Z]+\)$/);
  });

  it("is destroyed when its time is up before there is an answer", async () => {
    const server = createPlain((socket) => socket.resume());
    const gone = once(server, "connection").then(([socket]) => once(socket as Socket, "close"));
    expect(await ask(`http://127.0.0.1:${await listen(server)}/`, {}, 50)).toMatchObject({ status: "error", reason: "timeout" });
    await gone;
  });

  it("is not begun by a run that is over", async () => {
    const server = createPlain();
    const connections: unknown[] = [];
    server.on("connection", (socket) => connections.push(socket));
    const check = httpCheck(`http://127.0.0.1:${await listen(server)}/`);
    const reason = new Error("over");
    await expect(check({ signal: AbortSignal.abort(reason), name: "x" })).rejects.toBe(reason);
    expect(connections).toEqual([]);
  });
});

type Callback = (error: Error | null, addresses: readonly object[]) => void;

describe("the host's addresses", () => {
  afterEach(() => {
    vi.restoreAllMocks();
    syncBuiltinESMExports();
  });

  const lookUp = (answer: (callback: Callback) => unknown) => {
    const spy = vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, callback: Callback) => answer(callback)) as never);
    syncBuiltinESMExports();
    return spy;
  };

  it("are tried one after the other, and a refusal says more than a network that is not there", async () => {
    const server = createServer((_request, response) => response.end());
    const [port, nobodys] = [await listen(server), await freePort()];
    lookUp((callback) => callback(null, [{ address: "::2", family: 6 }, { address: "127.0.0.1", family: 4 }]));
    expect(await ask(`http://shop.example:${port}/`)).toMatchObject({ status: "ok" });
    const refused = failed("connection refused (ECONNREFUSED)");
    expect(await ask(`http://shop.example:${nobodys}/`)).toMatchObject(refused);
    lookUp((callback) => callback(null, [{ address: "127.0.0.1", family: 4 }, { address: "127.0.0.2", family: 4 }]));
    expect(await ask(`http://shop.example:${nobodys}/`)).toMatchObject(refused);
  });

  it("that are not known are DNS's failure, without the host", async () => {
    const code = "ENOTFOUND";
    lookUp((callback) => callback(Object.assign(new Error("getaddrinfo ENOTFOUND shop.example"), { code, hostname: "shop.example" }), []));
    expect(await ask("http://shop.example/")).toMatchObject(failed("DNS: the host name was not found (ENOTFOUND)"));
  });

  it("are asked for once while name servers are dead, however many runs time out", async () => {
    const server = createServer((_request, response) => response.end());
    const port = await listen(server);
    const out: Callback[] = [];
    const spy = lookUp((callback) => out.push(callback));
    const check = httpCheck(`http://shop.example:${port}/`);
    for (let turn = 0; turn < 5; turn++) expect(await runCheck(check, { timeoutMs: 20 })).toMatchObject({ reason: "timeout" });
    expect(spy).toHaveBeenCalledTimes(1);
    const running = runCheck(check, { timeoutMs: 10_000 });
    await expect.poll(() => out.length).toBe(1);
    out[0]!(null, [{ address: "127.0.0.1", family: 4 }]);
    expect(await running).toMatchObject({ status: "ok" });
    lookUp((callback) => callback(null, [{ address: "127.0.0.1", family: 4 }]));
    expect(await runCheck(check)).toMatchObject({ status: "ok" });
  });
});

describeReal("under TLS", missingOpenssl, () => {
  let data: string;
  let root: Authority;
  let leaf: Issued;
  beforeAll(async () => {
    data = await folder();
    root = rootAuthority(data);
    leaf = root.issue("leaf", { names: "DNS:localhost" });
  }, 60_000);
  afterAll(() => remove(data));
  afterEach(() => void vi.unstubAllEnvs());

  const serve = (options: object = {}) => createSecure({ cert: leaf.cert, key: leaf.key, ...options }, (_request, response) => response.end());

  it("the server is verified, by its host or another name", async () => {
    const port = await listen(serve());
    const tls = { ca: root.cert };
    expect(await ask(`https://localhost:${port}/`, { tls })).toMatchObject({ status: "ok" });
    const named = { ca: [Buffer.from(root.cert)], servername: "localhost" };
    expect(await ask(`https://127.0.0.1:${port}/`, { tls: named })).toMatchObject({ status: "ok" });
    const mismatch = failed("TLS failed: the certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)");
    expect(await ask(`https://127.0.0.1:${port}/`, { tls })).toMatchObject(mismatch);
    expect((await ask(`https://localhost:${port}/`)).message).toMatch(/^TLS failed: the chain is untrusted \([A-Z_]+\)$/);
    expect(await ask(`https://localhost:${port}/`, { tls: { rejectUnauthorized: false } })).toMatchObject({ status: "ok" });
    vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
    expect(await ask(`https://localhost:${port}/`)).toMatchObject({ status: "error" });
  });

  it("the server is asked for a name without its last dot, in ASCII", async () => {
    const names: unknown[] = [];
    const port = await listen(serve().on("secureConnection", ({ servername }: { servername: unknown }) => names.push(servername)));
    for (const servername of ["localhost.", "bücher.test"]) {
      await ask(`https://127.0.0.1:${port}/`, { tls: { ca: root.cert, servername, rejectUnauthorized: false } });
    }
    vi.spyOn(dns, "lookup").mockImplementation(((_host: string, _options: object, callback: Callback) => callback(null, [{ address: "127.0.0.1", family: 4 }])) as never);
    syncBuiltinESMExports();
    const said = await ask(`https://localhost.:${port}/`, { tls: { ca: root.cert } });
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    expect(said).toMatchObject({ status: "ok" });
    expect(names).toEqual(["localhost", "xn--bcher-kva.test", "localhost"]);
  });

  it("a certificate that has expired is an error", async () => {
    const { cert, key } = root.issue("over", { fromDays: -9, toDays: -1 });
    const port = await listen(serve({ cert, key }));
    const expired = failed("TLS failed: a certificate of the chain has expired (CERT_HAS_EXPIRED)");
    expect(await ask(`https://localhost:${port}/`, { tls: { ca: root.cert } })).toMatchObject(expired);
  });

  it("the client shows its certificate", async () => {
    const { cert, key } = root.issue("client");
    const port = await listen(serve({ ca: root.cert, requestCert: true }));
    expect(await ask(`https://localhost:${port}/`, { tls: { ca: root.cert, cert, key } })).toMatchObject({ status: "ok" });
    expect((await ask(`https://localhost:${port}/`, { tls: { ca: root.cert } })).message).toMatch(/^TLS failed \(|^connection lost/);
  });

  it("each run verifies the server anew", async () => {
    const server = serve();
    const reused: boolean[] = [];
    server.on("secureConnection", (socket) => reused.push(socket.isSessionReused()));
    const check = httpCheck(`https://localhost:${await listen(server)}/`, { tls: { ca: root.cert } });
    for (let turn = 0; turn < 3; turn++) expect(await runCheck(check, { timeoutMs: 10_000 })).toMatchObject({ status: "ok" });
    expect(reused).toEqual([false, false, false]);
  });

  it("a server that speaks none is TLS's failure, and one that speaks it no answer of HTTP", async () => {
    const plain = await listen(createServer((_request, response) => response.end()));
    expect((await ask(`https://localhost:${plain}/`)).message).toMatch(/^TLS failed \((?:ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)\)$/);
    const secure = await listen(serve());
    expect((await ask(`http://localhost:${secure}/`)).message).toMatch(/^the answer is not HTTP|^connection lost|^answered 400/);
  });
});

describe("credentials in the URL", () => {
  const secret = fc.string({ unit: "grapheme", maxLength: 12 });
  const fault = fc.constantFrom("ok", "401", "503", "redirect", "body", "throws", "reset", "garbage", "refused", "dns", "tls", "timeout");

  const forms = {
    URL: (url: URL) => url,
    text: (url: URL) => url.href,
    otherScheme: (url: URL) => url.href.replace("http", "zqhttp"),
    noScheme: (url: URL) => url.href.replace(/^https?:\/\//, ""),
  };
  const form = fc.constantFrom<keyof typeof forms>("URL", "text", "otherScheme", "noScheme");

  const answers: Readonly<Record<string, string>> = {
    ok: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "401": "HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
    "503": "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n",
    redirect: "HTTP/1.1 302 Found\r\nLocation: ftp://localhost\r\nContent-Length: 0\r\n\r\n",
    body: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
    throws: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
    reset: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno",
    garbage: "garbage\r\n\r\n",
    tls: "garbage\r\n\r\n",
  };

  const bodies: Readonly<Record<string, HttpCheckOptions>> = {
    body: { expectedBody: "yes" },
    throws: { expectedBody: (text) => JSON.parse(text) === 1 },
    redirect: { followRedirects: true },
  };

  const base = async (kind: string): Promise<URL> => {
    if (kind === "refused") return new URL(`http://127.0.0.1:${await freePort()}/`);
    if (kind === "dns") return new URL("http://name.invalid/");
    const answer = answers[kind];
    const server = createPlain((socket) => {
      socket.once("data", () => (answer === undefined ? undefined : socket.end(answer)));
    });
    return new URL(`${kind === "tls" ? "https" : "http"}://127.0.0.1:${await listen(server)}/`);
  };

  /** All that one run says, to its report and to the log. */
  const heard = async (url: string | URL, options: HttpCheckOptions | undefined, timeoutMs: number): Promise<string> => {
    const log: LogEntry[] = [];
    const health = createHealth({ logger: (entry) => log.push(entry), deadlineMs: 60_000 });
    try {
      health.register("dependency", httpCheck(url, options), { timeoutMs });
      return JSON.stringify([await health.report("ready"), log]);
    } catch (error) {
      return String(error);
    } finally {
      await health.close();
    }
  };

  const traces = (user: string, password: string): string[] => {
    const all = [user, password, encodeURIComponent(user), encodeURIComponent(password)];
    return [...all, Buffer.from(`${user}:${password}`).toString("base64").replace(/=+$/, "").slice(4)];
  };

  // What is short could stand in any message by chance: what is looked for begins with letters that no message has.
  test.prop([secret, secret, fault, form], { numRuns: 60 })("stand in no message and no log, whatever fails", async (user, password, kind, shape) => {
    const [name, word] = [`zqUser${user}`, `zqPass${password}`];
    const url = await base(kind);
    Object.assign(url, { username: name, password: word });
    const said = await heard(forms[shape](url), bodies[kind], kind === "timeout" ? 30 : 5000);
    for (const trace of traces(name, word)) expect(said).not.toContain(trace);
    expect(said).not.toContain("zq");
  }, 60_000);
});
