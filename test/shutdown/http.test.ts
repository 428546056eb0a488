import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { httpHealth } from "probekit/http";
import { describe, expect, it } from "vitest";
import { listen } from "../adapters/listen.js";
import { becomes, lineTo, request, type Line } from "./support/line.js";
import { endlessDelay, loggingHealth, scene } from "./support/scene.js";

/** Answers are given by the test. */
const byHand = () => {
  const open: ServerResponse<IncomingMessage>[] = [];
  const server = createServer((_, response) => void open.push(response));
  const arrived = (count: number): Promise<void> => becomes(() => open.length, count, "requests that have arrived");
  return { server, open, arrived };
};

/** A connection whose request has arrived. */
const asked = async (path = "/slow") => {
  const made = byHand();
  const port = await listen(made.server);
  const line = await lineTo(port);
  line.ask(path);
  await made.arrived(1);
  return { ...made, port, line };
};

/** Two requests under way that were sent without waiting, as the drain begins. */
const askedInARow = async () => {
  const made = byHand();
  const line = await lineTo(await listen(made.server));
  line.write(request("/1") + request("/2"));
  await made.arrived(2);
  void scene(made.server, endlessDelay).shutdown();
  return { ...made, line };
};

const hello: RequestListener = (_, response) => void response.end("hello");

const connections = (server: Server): Promise<number> =>
  new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });

const busyFor = (ms: number): void => {
  const until = performance.now() + ms;
  while (performance.now() < until);
};

const refused = (port: number): Promise<boolean> =>
  lineTo(port).then(
    () => false,
    () => true,
  );

describe("while the delay runs", () => {
  it("ready is 503 and live is 200 from the very moment on", async () => {
    const made = loggingHealth();
    const port = await listen(createServer(httpHealth(made.health)));
    const server = createServer(httpHealth(made.health));
    await listen(server);
    const { shutdown } = scene(server, endlessDelay, made);
    void shutdown();
    expect(made.health.snapshot("ready")).toMatchObject({ status: "unhealthy", lifecycle: "draining" });
    const statuses = await Promise.all(["ready", "live", "startup"].map(async (probe) => (await fetch(`http://127.0.0.1:${port}/health/${probe}`)).status));
    expect(statuses).toEqual([503, 200, 200]);
  });

  it("old and new connections are served, and every answer closes its own", async () => {
    const server = createServer(hello);
    const port = await listen(server);
    const old = await lineTo(port);
    old.ask("/");
    await old.heard("hello");
    expect(old.got()).toContain("Connection: keep-alive");
    void scene(server, endlessDelay).shutdown();
    const fresh = await lineTo(port);
    for (const line of [old, fresh]) line.ask("/again");
    for (const line of [old, fresh]) await line.closed();
    expect(old.got().match(/^Connection: .*$/gim)).toEqual(["Connection: keep-alive", "Connection: close"]);
    expect(fresh.got()).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*Connection: close\r\n[^]*hello$/);
  });

  it("requests that came within it are served though the loop was busy as it ended", async () => {
    const server = createServer(hello);
    const port = await listen(server);
    const line = await lineTo(port);
    line.ask("/");
    await line.heard("hello");
    const { shutdown, lines } = scene(server, { drainDelayMs: 200 });
    const report = shutdown();
    setTimeout(() => {
      line.ask("/again");
      busyFor(200);
    }, 100);
    expect(await report).toMatchObject({ exitCode: 0 });
    await line.closed();
    expect(line.got().match(/hello/g)).toHaveLength(2);
    expect(lines.join()).toContain("no longer listening");
  });

  it("an answer under way says it too, if it has said nothing yet", async () => {
    const { server, open, arrived } = byHand();
    const port = await listen(server);
    const lines = [await lineTo(port), await lineTo(port)];
    for (const [at, line] of lines.entries()) {
      line.ask("/");
      await arrived(at + 1);
    }
    open[0]?.flushHeaders();
    await lines[0]?.heard("200 OK");
    void scene(server, endlessDelay).shutdown();
    for (const response of open) response.end("bye");
    await lines[1]?.closed();
    expect(lines[1]?.got()).toContain("Connection: close");
    await lines[0]?.heard("bye");
    expect(lines[0]?.got()).toContain("Connection: keep-alive");
    lines[0]?.ask("/once more");
  });

  it("idle connections stay, because their clients may be sending just now", async () => {
    const server = createServer(hello);
    const port = await listen(server);
    const idle = await lineTo(port);
    idle.ask("/");
    await idle.heard("hello");
    void scene(server, endlessDelay).shutdown();
    // A connection that was opened later is served and closed: what is closed with it would be gone by then.
    const later = await lineTo(port);
    later.ask("/");
    await later.closed();
    expect(idle.isOpen()).toBe(true);
    idle.ask("/late");
    await idle.closed();
    expect(idle.got().match(/hello/g)).toHaveLength(2);
  });

  it.each<[string, (response: ServerResponse) => void, RegExp]>([
    ["set", (response) => response.setHeader("Connection", "keep-alive"), /^connection: close$/gim],
    ["set in small letters", (response) => response.setHeader("connection", "Keep-Alive"), /^connection: close$/gim],
    ["written", (response) => response.writeHead(200, { Connection: "keep-alive", "X-Kept": "1" }), /^connection: close$/gim],
    ["written with a phrase", (response) => response.writeHead(200, "Fine", { connection: "keep-alive" }), /^connection: close$/gim],
    ["written as a list", (response) => response.writeHead(200, ["X-Kept", "1", "connection", "keep-alive"]), /^connection: close$/gim],
    ["of another kind", (response) => response.writeHead(426, { Connection: "Upgrade", Upgrade: "h2c" }), /^connection: upgrade$/gim],
  ])("a keep-alive that the application has %s itself is taken back", async (_, say, expected) => {
    const server = createServer((_request, response) => {
      say(response);
      response.end("hello");
    });
    const port = await listen(server);
    void scene(server, endlessDelay).shutdown();
    const line = await lineTo(port);
    line.ask("/");
    await line.heard("hello");
    expect(line.got().match(/^connection: .*$/gim)?.join()).toMatch(expected);
  });

  it("of requests sent in a row none is lost, and the last answer closes", async () => {
    const { open, arrived, line } = await askedInARow();
    line.write(request("/3") + request("/4"));
    await arrived(4);
    for (const response of open) response.end(`answer ${response.req.url}.`);
    await line.closed();
    expect(line.got().match(/answer \/\d/g)).toEqual(["answer /1", "answer /2", "answer /3", "answer /4"]);
    expect(line.got().match(/Connection: close/g)).toHaveLength(1);
  });

  it("of requests in a row that are all under way none is lost", async () => {
    const { open, line } = await askedInARow();
    for (const response of open) response.end(`answer ${response.req.url}.`);
    await line.heard("answer /2.");
    expect(line.got()).toContain("answer /1.");
  });

  it("a request that asks before it sends its body is answered with a close too", async () => {
    const server = createServer(hello).on("checkContinue", (_, response: ServerResponse) => {
      response.writeContinue();
      response.end("hello");
    });
    const port = await listen(server);
    void scene(server, endlessDelay).shutdown();
    const line = await lineTo(port);
    line.ask("/", { Expect: "100-continue", "Content-Length": "0" });
    await line.closed();
    expect(line.got()).toContain("Connection: close");
  });

  it("a body that waits for leave to be sent gets it from Node, where the application does not listen for that", async () => {
    const server = createServer((incoming, response) => incoming.resume().on("end", () => response.end("thanks")));
    const port = await listen(server);
    void scene(server, endlessDelay).shutdown();
    const line = await lineTo(port);
    line.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    await line.heard("100 Continue");
    line.write("12345");
    await line.closed();
    expect(line.got()).toMatch(/Connection: close[^]*thanks/);
  });

  it("ready keeps its answer with failReady: false, until the server stops listening", async () => {
    const server = createServer(hello);
    await listen(server);
    const { health, shutdown } = scene(server, { drainDelayMs: 50, failReady: false });
    const ended = shutdown();
    expect(health.snapshot("ready")).toMatchObject({ status: "healthy", lifecycle: "running" });
    await becomes(() => server.listening, false);
    expect(health.snapshot("ready").status).toBe("unhealthy");
    expect(await ended).toMatchObject({ exitCode: 0 });
  });
});

describe("once the delay is over", () => {
  it("new connections are refused and idle ones closed, and requests in flight end", async () => {
    const { server, open, arrived, port, line: idle } = await asked("/idle");
    const busy = await lineTo(port);
    open[0]?.end("hello");
    await idle.heard("hello");
    busy.ask("/busy?secret=1");
    await arrived(2);
    const { shutdown, lines } = scene(server, { drainDelayMs: 50 });
    const ended = shutdown("a test");
    await idle.closed();
    expect(await refused(port)).toBe(true);
    expect(busy.isOpen()).toBe(true);
    open[1]?.end("done");
    await busy.closed();
    expect(busy.got()).toContain("done");
    const report = await ended;
    expect(report).toEqual({ reason: "a test", exitCode: 0, tookMs: expect.any(Number), unfinished: [] });
    expect(report.tookMs).toBeGreaterThanOrEqual(48);
    expect(lines).toEqual([
      "info: draining: ready is unhealthy from now on",
      "info: shutdown began: a test; serving for 50 ms more",
      "info: no longer listening; 1 request in flight (GET /busy)",
      expect.stringMatching(/^info: shutdown finished in \d+\.\d s$/),
    ]);
  });

  it("a connection whose answer had said keep-alive is closed as it falls idle", async () => {
    const { server, open, arrived } = byHand();
    server.keepAliveTimeout = 600_000;
    const port = await listen(server);
    const [line, busy] = [await lineTo(port), await lineTo(port)];
    line.ask("/");
    await arrived(1);
    busy.ask("/busy");
    await arrived(2);
    open[0]?.flushHeaders();
    await line.heard("keep-alive");
    const ended = scene(server).shutdown();
    open[0]?.end("done");
    await line.closed();
    expect(busy.isOpen()).toBe(true);
    open[1]?.end("done");
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("a request on its way is served, by a connection that was silent", async () => {
    const { server, open, arrived, port } = await asked("/busy");
    const silent = await lineTo(port);
    const ended = scene(server).shutdown();
    expect(server.listening).toBe(false);
    silent.ask("/late");
    await arrived(2);
    for (const response of open) response.end("done");
    await silent.closed();
    expect(silent.got()).toMatch(/Connection: close[^]*done/);
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("silent connections and half requests are cut after a second, and are nothing unfinished", async () => {
    const server = createServer(hello);
    const port = await listen(server);
    const { shutdown } = scene(server);
    const [silent, half] = [await lineTo(port), await lineTo(port)];
    half.write("GET / HTTP/1.1\r\nHost: loc");
    await becomes(() => connections(server), 2);
    const report = await shutdown();
    await silent.closed();
    await half.closed();
    expect(report).toMatchObject({ exitCode: 0, unfinished: [] });
    expect(report.tookMs).toBeGreaterThanOrEqual(998);
  });

  it("an answer that is given and not sent yet reaches its client whole", async () => {
    const body = "x".repeat(30_000_000);
    const { server, open, line } = await asked("/large");
    open[0]?.writeHead(200, { "Content-Length": body.length }).end(body);
    await line.heard("200 OK");
    line.socket.pause();
    const { shutdown, lines } = scene(server);
    const ended = shutdown();
    expect(lines).toContain("info: no longer listening; 1 request in flight (GET /large)");
    line.socket.resume();
    await line.closed();
    expect(line.got().length - line.got().indexOf("\r\n\r\n") - 4).toBe(body.length);
    expect(await ended).toMatchObject({ exitCode: 0 });
  }, 30_000);

  it("a body that is still being sent is a request in flight", async () => {
    const server = createServer((incoming, response) => incoming.resume().on("end", () => response.end("thanks")));
    const port = await listen(server);
    const line = await lineTo(port);
    line.write("POST /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345");
    await once(server, "request");
    const { shutdown, lines } = scene(server);
    const ended = shutdown();
    expect(lines).toContain("info: no longer listening; 1 request in flight (POST /upload)");
    line.write("67890");
    await line.closed();
    expect(line.got()).toContain("thanks");
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("a streaming answer is told by the signal and ends", async () => {
    const { server, open, line } = await asked("/events");
    open[0]?.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n");
    const { shutdown, signal } = scene(server);
    signal.addEventListener("abort", () => open[0]?.end("data: bye\n\n"));
    expect(await shutdown()).toMatchObject({ exitCode: 0 });
    await line.closed();
    expect(line.got()).toContain("data: bye");
  });
});

describe("at the limit", () => {
  it("what never ends is cut, and named without its query", async () => {
    const { server, arrived } = byHand();
    const port = await listen(server);
    const made = scene(server, { drainDelayMs: 20, timeoutMs: 300 });
    const lines: Line[] = [];
    for (const at of [0, 1, 2]) {
      lines.push(await lineTo(port));
      lines[at]?.ask(`/never${at % 2}?token=secret`);
      await arrived(at + 1);
    }
    const report = await made.shutdown();
    expect(report).toMatchObject({ exitCode: 1, unfinished: ["3 requests in flight (GET /never0, GET /never1)"] });
    expect(report.tookMs).toBeGreaterThanOrEqual(298);
    for (const line of lines) await line.closed();
    expect(made.lines.at(-1)).toBe("error: shutdown did not finish within 300 ms: 3 requests in flight (GET /never0, GET /never1)");
  });

  it("names five of many, each cut to a hundred characters", async () => {
    const { server, arrived } = byHand();
    const port = await listen(server);
    const { shutdown } = scene(server, { timeoutMs: 100 });
    for (let at = 0; at < 7; at++) {
      (await lineTo(port)).ask(`/${at}${"x".repeat(200)}`);
      await arrived(at + 1);
    }
    const { unfinished } = await shutdown();
    const names = [0, 1, 2, 3, 4].map((at) => `GET /${at}${"x".repeat(98)}…`);
    expect(unfinished).toEqual([`7 requests in flight (${names.join(", ")}, and 2 more)`]);
  });

  it("requests leave hooks a fifth of the time", async () => {
    const { server, line } = await asked("/never");
    const made = scene(server, { timeoutMs: 1000 });
    let [hookAt, wasOpen] = [0, true];
    const from = performance.now();
    made.onShutdown("pool", () => {
      hookAt = performance.now() - from;
      wasOpen = server.listening;
    });
    const report = await made.shutdown();
    expect(report).toMatchObject({ exitCode: 1, unfinished: ["1 request in flight (GET /never)"] });
    expect(hookAt).toBeGreaterThanOrEqual(798);
    expect(wasOpen).toBe(false);
    await line.closed();
    expect(made.lines).toContainEqual(expect.stringMatching(/^warn: cut after \d\.\d s, to leave the hooks their time: 1 request in flight \(GET \/never\)$/));
    expect(made.lines.at(-1)).toMatch(/^error: shutdown finished in \d\.\d s, not cleanly: 1 request in flight \(GET \/never\)$/);
  });
});

describe("a server", () => {
  it("that does not listen costs no delay", async () => {
    const server = createServer(hello);
    const { shutdown, lines } = scene(server, { drainDelayMs: 500_000, timeoutMs: 600_000 });
    expect(await shutdown()).toMatchObject({ exitCode: 0, unfinished: [] });
    expect(lines[1]).toBe("info: shutdown began: shutdown(); without delay");
  });

  it("that begins to listen during the shutdown is closed again", async () => {
    const server = createServer(hello);
    const { shutdown, onShutdown } = scene(server);
    let release = (): void => {};
    onShutdown("slow", () => new Promise<void>((resolve) => (release = resolve)));
    const ended = shutdown();
    const closed = once(server, "close");
    let address: unknown;
    server.listen(0, "127.0.0.1", () => (address = server.address()));
    await closed;
    expect(address).toMatchObject({ address: "127.0.0.1" });
    expect(server.listening).toBe(false);
    await becomes(() => release.length, 1);
    release();
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("that the application closes itself is waited for all the same", async () => {
    const { server, open, line } = await asked();
    const { shutdown } = scene(server, { drainDelayMs: 500_000, timeoutMs: 600_000 });
    server.close();
    const ended = shutdown();
    open[0]?.end("done");
    await line.closed();
    expect(line.got()).toMatch(/Connection: close[^]*done/);
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("that is handed over late is known with the connections that it has", async () => {
    const { server, open, port, line: busy } = await asked();
    const silent = await lineTo(port);
    const { shutdown, lines } = scene(server);
    const ended = shutdown();
    expect(lines).toContain("info: no longer listening; 1 request in flight (GET /slow)");
    open[0]?.end("done");
    await busy.closed();
    expect(busy.got()).toMatch(/Connection: close/);
    expect(await ended).toMatchObject({ exitCode: 0 });
    await silent.closed();
  });

  it("has its place beside others: all go through the same at once", async () => {
    const [one, two] = [byHand(), byHand()];
    const lines = [await lineTo(await listen(one.server)), await lineTo(await listen(two.server))];
    for (const line of lines) line.ask("/slow");
    for (const { arrived } of [one, two]) await arrived(1);
    const made = scene([one.server, two.server]);
    const ended = made.shutdown();
    expect([one.server.listening, two.server.listening]).toEqual([false, false]);
    expect(made.lines).toContain("info: no longer listening; 2 requests in flight (GET /slow)");
    for (const { open } of [one, two]) open[0]?.end("done");
    for (const line of lines) await line.closed();
    expect(await ended).toMatchObject({ exitCode: 0 });
  });
});

