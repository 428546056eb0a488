import type { Server, Socket } from "node:net";
import { closeAfterAnswers } from "./answers.js";
import type { Closing, Open } from "./closing.js";
import { closeIdle, isUpgraded, socketsOf } from "./connections.js";
import { sessionsOf, type Sessions } from "./http2-sessions.js";
import { useOf } from "./use.js";
import { tellToClose, webSocketOf } from "./web-sockets.js";

/** A server of node:net, or one of those that are made from it. */
export interface NodeServer extends Server {
  closeIdleConnections?(): void;
  closeAllConnections?(): void;
}

/** How often connections are looked at once the server has stopped listening; keep-alive ones fall idle one by one. */
const sweepEveryMs = 100;

/** How long a connection may still bring the request that was on its way when the server stopped listening. */
const graceMs = 1000;

interface Kept {
  readonly server: NodeServer;
  readonly sockets: ReadonlySet<Socket>;
  readonly sessions: Sessions;
}

/** A server of node:http, node:https, node:http2 or node:net. */
export const nodeServer = (server: NodeServer): Closing => {
  const kept: Kept = { server, sockets: socketsOf(server), sessions: sessionsOf(server) };
  return {
    isListening: () => server.listening,
    drain: () => closeAfterAnswers(server, kept.sockets),
    stop: (left) => stop(kept, left),
    open: () => openOf(kept),
    cut: () => cut(kept),
  };
};

const stop = (kept: Kept, left: () => void): void => {
  const { server, sockets } = kept;
  // Who begins to listen later is in the middle of starting: Fastify, for one, goes on to ask for the address.
  server.on("listening", () => void setTimeout(() => server.close(), graceMs).unref());
  if (!server.listening && sockets.size === 0) return left();
  // For close(), whoever calls it.
  if (server.closeIdleConnections) server.closeIdleConnections = () => closeIdle(sockets);
  const graceEnds = performance.now() + graceMs;
  const sweeping = setInterval(() => sweep(kept, graceEnds), sweepEveryMs);
  // Called as well when the application has closed it before us: once the last connection has ended.
  server.close(() => {
    clearInterval(sweeping);
    left();
  });
  sweep(kept, graceEnds);
};

const sweep = (kept: Kept, graceEnds: number): void => {
  const { sockets, sessions } = kept;
  closeIdle(sockets);
  sessions.close();
  for (const socket of sockets) tellWebSocket(socket);
  // What is left then is silent, or has sent half of a request: after close() Node has no limit for those.
  if (performance.now() >= graceEnds && openOf(kept).length === 0) cut(kept);
};

const told = new WeakSet<object>();

const tellWebSocket = (socket: Socket): void => {
  const webSocket = isUpgraded(socket) ? webSocketOf(socket) : undefined;
  if (webSocket === undefined || told.has(webSocket)) return;
  told.add(webSocket);
  tellToClose(webSocket);
};

const openOf = ({ server, sockets, sessions }: Kept): readonly Open[] => [
  ...[...sockets].flatMap((socket) => useOf(server, socket) ?? []),
  ...sessions.open(),
];

const cut = ({ server, sockets }: Kept): void => {
  server.closeAllConnections?.();
  for (const socket of sockets) socket.destroy();
};
