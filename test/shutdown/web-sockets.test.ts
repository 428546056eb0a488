import { once } from "node:events";
import { createServer, type Server } from "node:http";
import Fastify from "fastify";
import { describe, expect, it, onTestFinished } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { listen } from "../adapters/listen.js";
import { becomes, lineTo } from "./support/line.js";
import { endlessDelay, scene } from "./support/scene.js";

const client = async (port: number): Promise<WebSocket> => {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  socket.on("error", () => {});
  onTestFinished(() => socket.terminate());
  await once(socket, "open");
  return socket;
};

const closeCode = async (socket: WebSocket): Promise<number> => {
  const [code] = (await once(socket, "close")) as [number];
  return code;
};

/** A close frame with status code 1001, unmasked. */
const closeFrame = "\u0088\u0002\u0003\u00e9";

/** A client that never answers a close frame. */
const deaf = async (port: number) => {
  const line = await lineTo(port);
  line.ask("/", { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" });
  await line.heard("101 Switching Protocols");
  return line;
};

/** Ways in which an application has its WebSockets. */
const ways: Record<string, () => Promise<{ port: number; handedOver: Parameters<typeof scene>[0] }>> = {
  "of the server, which is handed over": async () => {
    const { options } = new WebSocketServer({ server: createServer() });
    const server = options.server as Server;
    return { port: await listen(server), handedOver: server };
  },
  "of both, which are handed over": async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    return { port: await listen(server), handedOver: [server, sockets] };
  },
  "of a WebSocketServer, which is handed over without its server": async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    return { port: await listen(server), handedOver: sockets };
  },
  "of a WebSocketServer with a port of its own": async () => {
    const sockets = new WebSocketServer({ port: 0, host: "127.0.0.1" });
    await once(sockets, "listening");
    return { port: (sockets.address() as { port: number }).port, handedOver: sockets };
  },
  "that the application upgrades itself": async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ noServer: true });
    server.on("upgrade", (request, socket, head) => sockets.handleUpgrade(request, socket, head, () => {}));
    return { port: await listen(server), handedOver: server };
  },
  "of Fastify's server": async () => {
    const app = Fastify();
    app.addHook("onReady", async () => void new WebSocketServer({ server: app.server }));
    await app.listen({ port: 0, host: "127.0.0.1" });
    return { port: (app.server.address() as { port: number }).port, handedOver: app };
  },
};

describe("WebSockets", () => {
  it.each(Object.keys(ways))("%s are told 1001 when listening ends", async (name) => {
    const { port, handedOver } = await ways[name]!();
    const { shutdown, lines } = scene(handedOver, { drainDelayMs: 20 });
    const all = [await client(port), await client(port)];
    const codes = Promise.all(all.map(closeCode));
    const ended = shutdown();
    expect(await codes).toEqual([1001, 1001]);
    expect(await ended).toMatchObject({ exitCode: 0, unfinished: [] });
    expect(lines.includes("info: no longer listening; 2 WebSockets")).toBe(!name.includes("without its server"));
  });

  it.each(Object.keys(ways))("%s are cut at the limit and named once", async (name) => {
    const { port, handedOver } = await ways[name]!();
    const { shutdown } = scene(handedOver, { timeoutMs: 300, hookTimeoutMs: 50 });
    const line = await deaf(port);
    expect(await shutdown()).toMatchObject({ exitCode: 1, unfinished: ["1 WebSocket"] });
    await line.closed();
    expect(line.got().endsWith(closeFrame)).toBe(true);
  });

  it("go on during the delay, and new ones are accepted", async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    sockets.on("connection", (socket) => socket.on("message", (message) => socket.send(`heard ${String(message)}`)));
    const port = await listen(server);
    const { shutdown } = scene([server, sockets], endlessDelay);
    const old = await client(port);
    void shutdown();
    for (const each of [old, await client(port)]) {
      each.send("you");
      const [message] = await once(each, "message");
      expect(String(message)).toBe("heard you");
    }
  });
});

describe("another upgrade", () => {
  const upgrading = (): Server =>
    createServer().on("upgrade", (_, socket) => {
      socket.on("error", () => {}).on("data", () => {}).on("end", () => socket.end());
      socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
    });

  const upgraded = async (port: number) => {
    const line = await lineTo(port);
    line.ask("/", { Connection: "Upgrade", Upgrade: "other" });
    await line.heard("101 Switching Protocols");
    return line;
  };

  it("is left alone until it ends", async () => {
    const server = upgrading();
    const port = await listen(server);
    const { shutdown, lines } = scene(server);
    const line = await upgraded(port);
    const ended = shutdown();
    expect(lines).toContain("info: no longer listening; 1 upgraded connection");
    line.socket.end();
    await line.closed();
    expect(line.got().split("\r\n\r\n")[1]).toBe("");
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("is cut at the limit", async () => {
    const server = upgrading();
    const port = await listen(server);
    const { shutdown } = scene(server, { timeoutMs: 200 });
    const line = await upgraded(port);
    expect(await shutdown()).toMatchObject({ exitCode: 1, unfinished: ["1 upgraded connection"] });
    await line.closed();
  });

  it("that comes when listening has ended is told as well", async () => {
    const server = createServer();
    const sockets = new WebSocketServer({ server });
    const port = await listen(server);
    const { shutdown } = scene(server);
    const silent = await lineTo(port);
    await becomes(() => new Promise((resolve) => void server.getConnections((_, count) => resolve(count))), 1);
    const ended = shutdown();
    expect(server.listening).toBe(false);
    silent.ask("/", { Connection: "Upgrade", Upgrade: "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" });
    await silent.heard(closeFrame);
    for (const each of sockets.clients) each.terminate();
    expect(await ended).toMatchObject({ exitCode: 0 });
  });
});
