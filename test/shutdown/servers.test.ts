import { once } from "node:events";
import http, { type RequestListener, type Server } from "node:http";
import http2 from "node:http2";
import https from "node:https";
import { createServer as createTcpServer, connect, type AddressInfo } from "node:net";
import tls from "node:tls";
import express from "express";
import Fastify from "fastify";
import Koa from "koa";
import type { Stoppable } from "probekit/shutdown";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { missingOpenssl, rootAuthority } from "../support/real/certificates.js";
import { describeReal, folder, remove } from "../support/real/served.js";
import { becomes, lineTo, type Line } from "./support/line.js";
import { endlessDelay, scene } from "./support/scene.js";

/** What a slow answer waits for. */
interface Gate {
  readonly enter: () => Promise<string>;
  /** How many answers wait. */
  readonly waiting: () => number;
  readonly release: () => void;
}

const gate = (): Gate => {
  const open: ((text: string) => void)[] = [];
  return {
    enter: () => new Promise((resolve) => void open.push(resolve)),
    waiting: () => open.length,
    release: () => open.splice(0).forEach((resolve) => resolve("slow")),
  };
};

const answering = ({ enter }: Gate): RequestListener => (request, response) =>
  void (request.url?.startsWith("/slow") ? enter().then((text) => response.end(text)) : response.end("hello"));

const listening = async (server: Server | http2.Http2Server): Promise<number> => {
  server.listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
};

let tlsOptions: { cert: string; key: string } = { cert: "", key: "" };

const made: Record<string, (gate: Gate) => Promise<{ stoppable: Stoppable; port: number }>> = {
  "node:http": async (slow) => {
    const server = http.createServer(answering(slow));
    return { stoppable: server, port: await listening(server) };
  },
  Express: async ({ enter }) => {
    const app = express();
    app.get("/slow", async (_, response) => void response.send(await enter()));
    app.get("/", (_, response) => void response.send("hello"));
    const server = http.createServer(app);
    return { stoppable: server, port: await listening(server) };
  },
  Koa: async ({ enter }) => {
    const app = new Koa();
    app.use(async (context) => {
      context.body = context.path === "/slow" ? await enter() : "hello";
    });
    const server = http.createServer(app.callback());
    return { stoppable: server, port: await listening(server) };
  },
  Fastify: async ({ enter }) => {
    const app = Fastify();
    app.get("/slow", async () => enter());
    app.get("/", async () => "hello");
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { stoppable: app, port: (app.server.address() as AddressInfo).port };
  },
  "node:https": async (slow) => {
    const server = https.createServer(tlsOptions, answering(slow));
    return { stoppable: server, port: await listening(server) };
  },
  "node:http2 that allows HTTP/1": async (slow) => {
    const listener = answering(slow) as unknown as (request: http2.Http2ServerRequest, response: http2.Http2ServerResponse) => void;
    const server = http2.createSecureServer({ ...tlsOptions, allowHTTP1: true }, listener);
    return { stoppable: server, port: await listening(server) };
  },
};

const isTls = (name: string): boolean => name.includes("https") || name.includes("http2");

const lineOf = async (name: string, port: number): Promise<Line> => {
  if (!isTls(name)) return lineTo(port);
  const socket = tls.connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ALPNProtocols: ["http/1.1"] });
  const secure = once(socket, "secureConnect");
  const line = await lineTo(port, socket);
  await secure;
  return line;
};

let data = "";
beforeAll(async () => {
  data = await folder();
  if (missingOpenssl === undefined) tlsOptions = rootAuthority(data).issue("leaf");
});
afterAll(() => remove(data));

describeReal("a server of HTTP/1.x", missingOpenssl, () => {
  it.each(Object.keys(made))("%s serves during the delay, on old connections and new ones, and closes each with its answer", async (name) => {
    const { stoppable, port } = await made[name]!(gate());
    const { shutdown } = scene(stoppable, endlessDelay);
    const [old, idle] = [await lineOf(name, port), await lineOf(name, port)];
    for (const line of [old, idle]) {
      line.ask("/");
      await line.heard("hello");
    }
    void shutdown();
    const fresh = await lineOf(name, port);
    for (const line of [old, fresh]) line.ask("/");
    for (const line of [old, fresh]) await line.closed();
    expect([old, fresh].map((line) => line.got().match(/hello/g)?.length)).toEqual([2, 1]);
    expect([old, fresh].map((line) => line.got().match(/connection: close/gi)?.length)).toEqual([1, 1]);
    expect(idle.isOpen()).toBe(true);
  }, 30_000);

  it.each(Object.keys(made))("%s then refuses connections, closes what is idle or silent and lets requests end", async (name) => {
    const slow = gate();
    const { stoppable, port } = await made[name]!(slow);
    const { shutdown, lines } = scene(stoppable, { drainDelayMs: 20 });
    const [busy, idle, silent] = [await lineOf(name, port), await lineOf(name, port), await lineOf(name, port)];
    idle.ask("/");
    await idle.heard("hello");
    busy.ask("/slow?secret=1");
    await becomes(slow.waiting, 1);
    const ended = shutdown();
    await becomes(() => lines.includes("info: no longer listening; 1 request in flight (GET /slow)"), true);
    await expect(lineTo(port)).rejects.toThrow("ECONNREFUSED");
    await idle.closed();
    expect(silent.isOpen()).toBe(true);
    slow.release();
    await busy.closed();
    expect(busy.got()).toMatch(/connection: close[^]*slow/i);
    for (const line of [idle, silent]) await line.closed();
    expect(await ended).toMatchObject({ exitCode: 0, unfinished: [] });
  }, 30_000);
});

describeReal("a server of HTTP/2", missingOpenssl, () => {
  const servers: Record<string, (listener: () => void) => http2.Http2Server> = {
    "in plain text": () => http2.createServer(),
    "over TLS": () => http2.createSecureServer(tlsOptions),
  };

  const session = async (name: string, port: number): Promise<http2.ClientHttp2Session> => {
    const client = name === "over TLS" ? http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false }) : http2.connect(`http://127.0.0.1:${port}`);
    client.on("error", () => {});
    onTestFinished(() => client.destroy());
    await once(client, "connect");
    return client;
  };

  const get = async (client: http2.ClientHttp2Session, path: string): Promise<string> => {
    const stream = client.request({ ":path": path });
    let text = "";
    for await (const piece of stream.setEncoding("utf8")) text += String(piece);
    return text;
  };

  const made2 = async (name: string) => {
    const slow = gate();
    const server = servers[name]!(() => {});
    server.on("stream", (stream, headers) => {
      stream.respond({ ":status": 200 });
      if (headers[":path"]?.startsWith("/slow")) void slow.enter().then((text) => stream.end(text));
      else stream.end("hello");
    });
    return { server, slow, port: await listening(server) };
  };

  it.each(Object.keys(servers))("%s serves during the delay, on old sessions and new ones", async (name) => {
    const { server, port } = await made2(name);
    const { shutdown } = scene(server, endlessDelay);
    const old = await session(name, port);
    void shutdown();
    for (const client of [old, await session(name, port), old]) expect(await get(client, "/")).toBe("hello");
  });

  it.each(Object.keys(servers))("%s then lets streams end and tells clients to go", async (name) => {
    const { server, slow, port } = await made2(name);
    const { shutdown, lines } = scene(server, { drainDelayMs: 20 });
    const [busy, idle] = [await session(name, port), await session(name, port)];
    expect(await get(idle, "/")).toBe("hello");
    const going = once(busy, "goaway");
    const idleEnd = once(idle, "close");
    const answer = get(busy, "/slow?secret=1");
    await becomes(slow.waiting, 1);
    const ended = shutdown();
    await idleEnd;
    expect(lines).toContain("info: no longer listening; 1 request in flight (GET /slow)");
    expect((await going)[0]).toBe(http2.constants.NGHTTP2_NO_ERROR);
    slow.release();
    expect(await answer).toBe("slow");
    expect(await ended).toMatchObject({ exitCode: 0, unfinished: [] });
  }, 30_000);

  it("is left as it is during the delay, whichever way it is asked", async () => {
    const [streams, requests] = [http2.createServer(), http2.createServer()];
    let own: string[] = [];
    streams.on("stream", (stream) => stream.end("hello"));
    requests.on("request", (_, response) => {
      own = Object.keys(response);
      response.end("hello");
    });
    for (const server of [streams, requests]) {
      const port = await listening(server);
      void scene(server, endlessDelay).shutdown();
      expect(await get(await session("in plain text", port), "/")).toBe("hello");
    }
    expect([streams.listenerCount("request"), own.includes("writeHead")]).toEqual([0, false]);
  });

  it.each(Object.keys(servers))("%s cuts a stream that never ends at the limit, and a client that says nothing", async (name) => {
    const { server, slow, port } = await made2(name);
    const { shutdown } = scene(server, { timeoutMs: 400 });
    const busy = await session(name, port);
    const silent = await lineTo(port);
    const stream = busy.request({ ":path": "/slow" }).on("error", () => {});
    await becomes(slow.waiting, 1);
    expect(await shutdown()).toMatchObject({ exitCode: 1, unfinished: ["1 request in flight (GET /slow)"] });
    await becomes(() => stream.destroyed, true);
    await silent.closed();
  });
});

describe("a server of TCP", () => {
  it("is closed, and its connections are waited for and cut", async () => {
    const server = createTcpServer((socket) => void socket.on("error", () => {}).resume());
    const { shutdown } = scene(server, { timeoutMs: 300 });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const short = connect(port, "127.0.0.1");
    await once(short, "connect");
    const long = await lineTo(port);
    await becomes(() => new Promise((resolve) => void server.getConnections((_, count) => resolve(count))), 2);
    const ended = shutdown();
    short.end();
    await once(short.resume(), "close");
    expect(await ended).toMatchObject({ exitCode: 1, unfinished: ["1 connection"] });
    await long.closed();
  });
});
