import { createServer, type RequestListener } from "node:http";
import { createServer as createSecure } from "node:https";
import { httpCheck, type HttpCheckOptions } from "probekit/checks/http";
import { runCheck, type CheckRun } from "probekit/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { missingOpenssl, rootAuthority, type Authority } from "../support/real/certificates.js";
import { describeReal, folder, remove } from "../support/real/served.js";
import { temporaryServers } from "./support/listening.js";

// Making certificates takes a while on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const listen = temporaryServers();

const urlOf = async (answer: RequestListener, credentials = ""): Promise<string> =>
  `http://${credentials}127.0.0.1:${await listen(createServer(answer))}`;

const to = (location: string, code = 302): RequestListener => (_request, response) => void response.writeHead(code, { location }).end();

const ask = (url: string, options?: HttpCheckOptions): Promise<CheckRun> =>
  runCheck(httpCheck(url, { followRedirects: true, ...options }), { timeoutMs: 10_000 });

interface Seen {
  readonly line: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

type Routes = Readonly<Record<string, readonly [code: number, location: string]>>;

/** Redirects as a table says, and notes what arrives. */
const router = (seen: Seen[], routes: Routes): RequestListener => async (request, response) => {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  seen.push({ line: `${request.method} ${request.url}`, headers: request.headers, body });
  const route = routes[request.url ?? ""];
  if (route === undefined) return void response.end("here");
  response.writeHead(route[0], { location: route[1] }).end("there");
};

describe("a redirect", () => {
  it("is an error that says so, unless it is followed or expected", async () => {
    const url = await urlOf(to("/elsewhere"));
    expect(await ask(url, { followRedirects: false })).toMatchObject({
      status: "error",
      reason: "failed",
      message: "redirected (302); followRedirects is off",
      data: { statusCode: 302 },
    });
    expect(await ask(url, { followRedirects: false, expectedStatus: 302 })).toMatchObject({ status: "ok", data: { statusCode: 302 } });
    expect(await ask(url, { expectedStatus: 302 })).toMatchObject({ status: "ok", data: { statusCode: 302 } });
    expect(await ask(await urlOf(to("/", 300)))).toMatchObject({ message: "answered 300, expected 200 to 299" });
  });

  it("within an origin keeps the method, the headers, the credentials and the body that it must", async () => {
    const seen: Seen[] = [];
    const routes = { "/a": [307, "b?c=d"], "/b?c=d": [308, "/e#f"], "/e": [303, "/g"] } as const;
    const url = await urlOf(router(seen, routes), "me:secret@");
    const said = await ask(`${url}/a`, { method: "POST", body: "x", headers: { "x-key": "k", "Content-Type": "text/x" }, expectedBody: "here" });
    expect(said).toMatchObject({ status: "ok", data: { statusCode: 200 } });
    expect(seen.map(({ line, body }) => [line, body])).toEqual([["POST /a", "x"], ["POST /b?c=d", "x"], ["POST /e", "x"], ["GET /g", ""]]);
    for (const { headers } of seen) expect(headers).toMatchObject({ authorization: "Basic bWU6c2VjcmV0", "x-key": "k" });
    expect(seen.map(({ headers }) => headers["content-type"])).toEqual(["text/x", "text/x", "text/x", undefined]);
    expect(seen[3]!.headers).not.toHaveProperty("content-length");
  });

  it.each([[301, "GET"], [302, "GET"], [303, "GET"], [307, "POST"], [308, "POST"]] as const)("%d answers a POST with a %s", async (code, method) => {
    const seen: Seen[] = [];
    await ask(`${await urlOf(router(seen, { "/": [code, "/next"] }))}/`, { method: "POST" });
    expect(seen.map(({ line }) => line)).toEqual(["POST /", `${method} /next`]);
  });

  it("303 leaves HEAD and 302 leaves DELETE what it is", async () => {
    const seen: Seen[] = [];
    const url = await urlOf(router(seen, { "/": [303, "/next"], "/two": [302, "/next"] }));
    await ask(`${url}/`, { method: "HEAD" });
    await ask(`${url}/two`, { method: "DELETE" });
    expect(seen.map(({ line }) => line)).toEqual(["HEAD /", "HEAD /next", "DELETE /two", "DELETE /next"]);
  });

  it("to another origin takes no credentials, no headers and no body along, nor does what comes after it", async () => {
    const [own, foreign]: [Seen[], Seen[]] = [[], []];
    const home: Record<string, readonly [number, string]> = {};
    const url = await urlOf(router(own, home));
    const other = await urlOf(router(foreign, { "/": [302, `${url}/back`] }), "they:pass@");
    home["/"] = [302, `${other}/`];
    home["/body"] = [307, `${other}/`];
    const options = { headers: { cookie: "id=1", "x-key": "k", host: "shop.example" } };
    expect(await ask(`${url.replace("//", "//me:secret@")}/`, options)).toMatchObject({ status: "ok" });
    expect(own[0]!.headers).toMatchObject({ authorization: "Basic bWU6c2VjcmV0", "x-key": "k" });
    const common = { accept: "*/*", "accept-encoding": "identity", "user-agent": "probekit", connection: "close" };
    expect(foreign.map(({ headers }) => headers)).toEqual([{ ...common, host: new URL(other).host }]);
    expect(own[1]).toMatchObject({ line: "GET /back", headers: { ...common, host: new URL(url).host } });
    expect(Object.keys(own[1]!.headers)).toHaveLength(5);
    expect(await ask(`${url}/body`, { method: "POST", body: "secret" })).toMatchObject({
      status: "error",
      message: "redirected (307) to another origin, which the body is not for: not followed",
    });
    expect(foreign).toHaveLength(1);
  });

  it("is followed five times at most", async () => {
    const seen: Seen[] = [];
    const routes = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`/${index}`, [302, `/${index + 1}`] as const]));
    const url = await urlOf(router(seen, routes));
    expect(await ask(`${url}/1`)).toMatchObject({ status: "ok" });
    expect(seen.splice(0)).toHaveLength(6);
    expect(await ask(`${url}/0`)).toMatchObject({ status: "error", message: "redirected (302) more than 5 times", data: { statusCode: 302 } });
    expect(seen).toHaveLength(6);
  });

  it("is not followed to what is no http: or https: URL", async () => {
    const message = "redirected (302) to what is no http: or https: URL: not followed";
    for (const location of ["file:///etc/passwd", "http://", "data:,ok"]) {
      expect(await ask(await urlOf(to(location)))).toMatchObject({ status: "error", message });
    }
  });

  it("whose body never ends holds nothing up", async () => {
    const url = await urlOf((request, response) => {
      if (request.url === "/next") return void response.end();
      response.writeHead(302, { location: "/next", "content-length": 1000 }).write("moved");
    });
    expect(await ask(url)).toMatchObject({ status: "ok" });
  });
});

describeReal("a redirect under TLS", missingOpenssl, () => {
  let data: string;
  let root: Authority;
  beforeAll(async () => {
    data = await folder();
    root = rootAuthority(data);
  }, 60_000);
  afterAll(() => remove(data));

  it("goes from http to https, and never back", async () => {
    const { cert, key } = root.issue("leaf");
    const secure = `https://localhost:${await listen(createSecure({ cert, key }, (request, response) => {
      if (request.url === "/back") return void response.writeHead(302, { location: `http://127.0.0.1/` }).end();
      response.end();
    }))}`;
    const tls = { ca: root.cert };
    expect(await ask(await urlOf(to(`${secure}/`)), { tls })).toMatchObject({ status: "ok" });
    expect(await ask(`${secure}/back`, { tls })).toMatchObject({ status: "error", message: "redirected (302) from https to http: not followed" });
  });

  it("shows another origin no client certificate", async () => {
    const { cert, key } = root.issue("server");
    const shown: string[] = [];
    const server = (answer: RequestListener) => createSecure({ cert, key, ca: root.cert, requestCert: true, rejectUnauthorized: false }, answer)
      .on("secureConnection", (socket) => shown.push((socket.getPeerCertificate().subject as { CN?: string } | undefined)?.CN ?? "none"));
    const other = await listen(server((_request, response) => response.end()));
    const own = await listen(server(to(`https://127.0.0.1:${other}/`)));
    const client = root.issue("client");
    const tls = { ca: root.cert, cert: client.cert, key: client.key, servername: "localhost" };
    expect(await ask(`https://127.0.0.1:${own}/`, { tls })).toMatchObject({ status: "ok" });
    expect(shown).toEqual(["client", "none"]);
  });
});
