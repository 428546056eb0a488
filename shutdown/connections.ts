import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";

/**
 * What Node's HTTP/1.x server keeps at each of its sockets: no parser any more once it is upgraded, and the answer that is
 * written now. It is not documented and older than Node's documentation; reading it spares every request a listener.
 * Where it is missing, requests in flight are not named, and end as well.
 */
export interface HttpSocket extends Socket {
  readonly parser?: { readonly incoming?: IncomingMessage | null } | null;
  readonly _httpMessage?: ServerResponse<IncomingMessage> | null;
}

/** The answer that a socket waits for, if it waits for one. */
export const answerOf = (socket: HttpSocket): ServerResponse<IncomingMessage> | undefined => {
  const { _httpMessage: answer } = socket;
  return answer ?? undefined;
};

/** Whether HTTP has handed the socket over to another protocol. */
export const isUpgraded = (socket: HttpSocket): boolean => socket.parser === null;

/** Whether the socket is one of HTTP/1.x. */
export const isHttp1 = (socket: HttpSocket): boolean => typeof socket.parser === "object" && socket.parser !== null;

/**
 * Ends the connections of HTTP/1.x that wait for their next request. Node's own closeIdleConnections(), which its close()
 * calls, takes an answer that was given for one that has been sent, and cuts it off; and since 26 a connection that is to
 * bring its first request for one that waits for its next.
 */
export const closeIdle = (sockets: Iterable<Socket>): void => {
  for (const socket of sockets) {
    if (isHttp1(socket) && answerOf(socket) === undefined && socket.bytesWritten > 0) socket.destroy();
  }
};

/** Keeps the sockets of a server, those among them that it has already, where Node lets itself be asked. */
export const socketsOf = (server: Server): Set<Socket> => {
  const sockets = new Set<Socket>(present(server));
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  for (const socket of sockets) keep(socket);
  server.on("connection", keep);
  // Of TLS it is this one that HTTP works on; the other carries it.
  server.on("secureConnection", keep);
  return sockets;
};

interface Connections {
  all(): readonly { readonly socket?: Socket }[];
}

const present = (server: Server): readonly Socket[] => {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === "http.server.connections");
  const connections = key === undefined ? undefined : (server as unknown as Record<symbol, Connections | undefined>)[key];
  return typeof connections?.all === "function" ? connections.all().flatMap(({ socket }) => socket ?? []) : [];
};
