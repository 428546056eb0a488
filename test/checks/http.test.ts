import { once } from "node:events";
import { createServer, globalAgent, type IncomingMessage, type RequestListener } from "node:http";
import { httpCheck, type HttpCheckOptions } from "probekit/checks/http";
import { runCheck, type CheckRun } from "probekit/testing";
import { describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { temporaryServers } from "./support/listening.js";
import { thrown } from "./support/thrown.js";

const listen = temporaryServers();

/** What the check says of a server that answers so. */
const saidOf = async (answer: RequestListener, options?: HttpCheckOptions, credentials = ""): Promise<CheckRun> => {
  const port = await listen(createServer(answer));
  return runCheck(httpCheck(`http://${credentials}127.0.0.1:${port}/health?deep=1#part`, options), { timeoutMs: 10_000 });
};

/** The request as it reaches the server, its host aside. */
const seenOf = async (options?: HttpCheckOptions, credentials?: string) => {
  let seen: (Pick<IncomingMessage, "method" | "url"> & { headers: object; body: string }) | undefined;
  const said = await saidOf(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    const { host: _, ...headers } = request.headers;
    seen = { method: request.method, url: request.url, headers, body };
    response.end();
  }, options, credentials);
  expect(said).toMatchObject({ status: "ok", data: { statusCode: 200 } });
  return seen;
};

const ownHeaders = { accept: "*/*", "accept-encoding": "identity", "user-agent": "probekit", connection: "close" };

describe("the request", () => {
  it("is a GET that asks for no encoding and no second request", async () => {
    expect(await seenOf()).toEqual({ method: "GET", url: "/health?deep=1", headers: ownHeaders, body: "" });
  });

  it("is what the options say", async () => {
    const headers = { "User-Agent": "lb/1", "content-type": "application/json" };
    expect(await seenOf({ method: "POST", headers, body: '{"ä":1}' })).toEqual({
      method: "POST",
      url: "/health?deep=1",
      headers: { ...ownHeaders, "user-agent": "lb/1", "content-type": "application/json", "content-length": "8" },
      body: '{"ä":1}',
    });
    expect(await seenOf({ body: "asked with GET" })).toMatchObject({ method: "GET", body: "asked with GET" });
    expect(await seenOf({ method: "PUT" })).toMatchObject({ method: "PUT", body: "" });
  });

  it("has the URL's credentials, decoded, unless it is given an Authorization", async () => {
    const encoded = (pair: string) => ({ headers: { authorization: `Basic ${Buffer.from(pair).toString("base64")}` } });
    expect(await seenOf({}, "me:s%40cret%3A%C3%A4@")).toMatchObject(encoded("me:s@cret:ä"));
    expect(await seenOf({}, "token@")).toMatchObject(encoded("token:"));
    expect(await seenOf({ headers: { Authorization: "Bearer abc" } }, "me:secret@")).toMatchObject({ headers: { authorization: "Bearer abc" } });
  });

  it("goes to the host that Host names only in name", async () => {
    let host: string | undefined;
    await saidOf((request, response) => {
      host = request.headers.host;
      response.end();
    }, { headers: { Host: "shop.example" } });
    expect(host).toBe("shop.example");
  });

  it("has a connection of its own, whatever becomes of the global agent", async () => {
    const server = createServer((_request, response) => response.end());
    let connections = 0;
    server.on("connection", () => (connections += 1));
    const check = httpCheck(`http://127.0.0.1:${await listen(server)}/`);
    const { addRequest } = globalAgent as never as { addRequest: unknown };
    Object.assign(globalAgent, { addRequest: () => expect.unreachable() });
    for (let turn = 0; turn < 3; turn++) expect(await runCheck(check)).toMatchObject({ status: "ok" });
    Object.assign(globalAgent, { addRequest });
    expect(connections).toBe(3);
  });
});

describe("the status code", () => {
  const codes: [number, HttpCheckOptions["expectedStatus"], string, string | undefined][] = [
    [200, undefined, "ok", undefined],
    [204, undefined, "ok", undefined],
    [299, undefined, "ok", undefined],
    [503, undefined, "error", "answered 503, expected 200 to 299"],
    [304, undefined, "error", "answered 304, expected 200 to 299"],
    [302, undefined, "error", "answered 302, expected 200 to 299"],
    [401, undefined, "error", "authentication failed (401)"],
    [403, undefined, "error", "not permitted (403)"],
    [401, [401, 403], "ok", undefined],
    [200, 204, "error", "answered 200, expected 204"],
    [404, [200, { from: 400, to: 404 }], "ok", undefined],
    [405, [200, { from: 400, to: 404 }], "error", "answered 405, expected 200 or 400 to 404"],
  ];

  it.each(codes)("%d where %j is expected: %s", async (code, expectedStatus, status, message) => {
    const said = await saidOf((_request, response) => response.writeHead(code).end(), { expectedStatus });
    const why = status === "error" ? { reason: "failed", message } : {};
    expect(said).toEqual({ status, ...why, data: { statusCode: code }, latencyMs: expect.any(Number) });
  });

  it("is judged without the body", async () => {
    const said = await saidOf((_request, response) => response.writeHead(503, { "content-length": 100 }).write("starting"));
    expect(said).toMatchObject({ status: "error", message: "answered 503, expected 200 to 299" });
  });
});

describe("the body", () => {
  const answers = (body: string): RequestListener => (_request, response) => void response.end(body);

  it("holds a text, a match, or what a function says true to", async () => {
    const body = answers("database: ok\nÄ: ok");
    expect(await saidOf(body, { expectedBody: "Ä: ok" })).toMatchObject({ status: "ok" });
    expect(await saidOf(body, { expectedBody: /^Ä: ok$/m })).toMatchObject({ status: "ok" });
    expect(await saidOf(body, { expectedBody: (text) => text.endsWith("ok") })).toMatchObject({ status: "ok" });
    const not = { status: "error", reason: "failed", message: "the body does not hold what is expected", data: { statusCode: 200 } };
    expect(await saidOf(body, { expectedBody: "queue" })).toMatchObject(not);
    expect(await saidOf(body, { expectedBody: /queue/ })).toMatchObject(not);
    expect(await saidOf(body, { expectedBody: () => false })).toMatchObject(not);
  });

  it("is not judged by a promise, whose rejection harms nobody", async () => {
    const expectedBody = (async (text: string) => JSON.parse(text)) as never;
    const promised = { status: "error", message: "expectedBody returned a promise; it must answer at once" };
    expect(await saidOf(answers("<html>"), { expectedBody })).toMatchObject(promised);
    await settle();
  });

  it("matches a global, sticky and frozen RegExp each time", async () => {
    const check = httpCheck(`http://127.0.0.1:${await listen(createServer(answers("ok")))}/`, { expectedBody: Object.freeze(/k/gy) });
    for (let turn = 0; turn < 3; turn++) expect(await runCheck(check)).toMatchObject({ status: "ok" });
  });

  it("is not shown by a function that throws", async () => {
    const expectedBody = (text: string) => JSON.parse(text).status === "UP";
    expect(await saidOf(answers('{"status":"UP"}'), { expectedBody })).toMatchObject({ status: "ok" });
    expect(await saidOf(answers("secret"), { expectedBody })).toMatchObject({ status: "error", message: "expectedBody threw" });
  });

  it("is read up to maxBodyBytes, 65,536 by default, and its connection destroyed", async () => {
    const endless: RequestListener = (_request, response) => {
      const write = (): void => void response.write("x".repeat(10_000), () => (response.destroyed ? undefined : setImmediate(write)));
      response.write("first ");
      write();
    };
    const length = async (options: HttpCheckOptions) => {
      let seen = 0;
      await saidOf(endless, { ...options, expectedBody: (text) => (seen = text.length) > 0 });
      return seen;
    };
    expect([await length({}), await length({ maxBodyBytes: 3 })]).toEqual([65_536, 3]);
    expect(await saidOf(endless)).toMatchObject({ status: "ok" });
    expect(await saidOf(endless, { maxBodyBytes: 5, expectedBody: "first" })).toMatchObject({ status: "ok" });
    expect(await saidOf(endless, { maxBodyBytes: 4, expectedBody: "first" })).toMatchObject({
      status: "error",
      message: "the part of the body within maxBodyBytes does not hold what is expected",
    });
    const whole = await saidOf(answers("whole"), { maxBodyBytes: 5, expectedBody: "where" });
    expect(whole).toMatchObject({ message: "the body does not hold what is expected" });
  });

  it("is none after HEAD", async () => {
    const said = await saidOf((_request, response) => response.writeHead(200, { "content-length": 100 }).end(), { method: "HEAD" });
    expect(said).toMatchObject({ status: "ok", data: { statusCode: 200 } });
  });

  it("that hangs is cut with its connection when the time is up", async () => {
    const server = createServer((_request, response) => response.writeHead(200, { "content-length": 100 }).write("some"));
    const gone = once(server, "connection").then(([socket]) => once(socket, "close"));
    const check = httpCheck(`http://127.0.0.1:${await listen(server)}/`);
    expect(await runCheck(check, { timeoutMs: 100 })).toMatchObject({ status: "error", reason: "timeout" });
    await gone;
  });
});

describe("what it refuses", () => {
  const refused = (url: unknown, options?: unknown) => thrown(() => httpCheck(url as never, options as never));

  it("is a URL that is none, and it shows nothing of it", () => {
    const wanted = "httpCheck takes an http: or https: URL; got ";
    const urls: [unknown, string][] = [
      [undefined, "undefined"],
      [{ host: "x" }, "an object"],
      ["", "a text that is none"],
      ["//me:secret@host", "a text that is none"],
      ["http://me:secret@", "a text that is none"],
      ["me:secret@host/health", "one of another scheme"],
      ["ftp://me:secret@host", "one of another scheme"],
      [new URL("file:///etc/passwd"), "one of another scheme"],
    ];
    for (const [url, got] of urls) expect(refused(url)).toEqual({ code: "invalid-option", message: wanted + got });
    expect(refused("http://m%3Ae:secret@host").message).toBe("the user name in httpCheck's URL must not hold a colon, not even an encoded one");
    expect(refused("http://me:100%@host").message).toBe("the credentials of httpCheck's URL must be percent-encoded; got a % that encodes nothing");
  });

  const ranges = "expectedStatus must be a status code from 200 to 599, a range { from, to } of them, or an array of such; got ";
  const options: [object, string][] = [
    [{ method: "get" }, 'method must be "GET" or "HEAD" or "OPTIONS" or "POST" or "PUT" or "PATCH" or "DELETE"; got "get"'],
    [{ method: "CONNECT" }, 'method must be "GET" or "HEAD" or "OPTIONS" or "POST" or "PUT" or "PATCH" or "DELETE"; got "CONNECT"'],
    [{ headers: [["a", "b"]] }, "headers must be an object of strings; got an object made by Array"],
    [{ headers: new Headers({ a: "b" }) }, "headers must be an object of strings; got an object made by Headers"],
    [{ headers: { Retries: 3 } }, 'headers must be strings; "retries" is a number'],
    [{ headers: { Authorization: "secret\r\nX: y" } }, 'headers must be such as HTTP allows; "authorization" has a character that it doesn\'t'],
    [{ headers: { "a b": "c" } }, 'headers must be such as HTTP allows; "a b" has a character that it doesn\'t'],
    [{ headers: { "Content-Length": "5" } }, "headers can't hold content-length: the body says it"],
    [{ headers: { Trailer: "x" } }, "headers can't hold trailer: the body says it"],
    [{ body: { a: 1 } }, "body must be a string; got an object"],
    [{ expectedStatus: 20 }, `${ranges}20`],
    [{ expectedStatus: 101 }, `${ranges}101`],
    [{ expectedStatus: "200" }, `${ranges}a string`],
    [{ expectedStatus: null }, `${ranges}null`],
    [{ expectedStatus: [] }, `${ranges}an empty one`],
    [{ expectedStatus: { from: 300, to: 200 } }, `${ranges}from 300 to 200`],
    [{ expectedStatus: { from: 200 } }, `${ranges}from 200 to undefined`],
    [{ expectedBody: "" }, "expectedBody must be a string that is not empty, a RegExp or a function; got an empty one"],
    [{ expectedBody: 5 }, "expectedBody must be a string that is not empty, a RegExp or a function; got a number"],
    [{ method: "HEAD", expectedBody: "ok" }, "expectedBody must be left out with HEAD, which is answered without one; got a string"],
    [{ maxBodyBytes: 0 }, "maxBodyBytes must be a whole number of bytes from 1; got 0"],
    [{ followRedirects: 5 }, "followRedirects must be true or false; got a number"],
    [{ tls: { rejectUnauthorized: 0 } }, "tls.rejectUnauthorized must be true or false; got a number"],
    [{ tls: { servername: "127.0.0.1" } }, "tls.servername takes a host name; got an IP address"],
    [{ tls: { ca: [] } }, "tls.ca must be certificates as PEM; got an empty list"],
    [{ tls: { ca: "secret" } }, "tls.ca must be certificates as PEM; got something that holds none"],
    [{ tls: { key: "secret" } }, "tls.cert and tls.key must be given together; got one without the other"],
  ];

  it.each(options)("are options as %j", (given, message) => {
    expect(refused("http://localhost/", given)).toEqual({ code: "invalid-option", message });
  });

  it("are options that it does not know", () => {
    expect(refused("http://localhost/", { timeout: 5 }).code).toBe("unknown-option");
    expect(refused("http://localhost/", { tls: { agent: 5 } }).code).toBe("unknown-option");
  });
});
