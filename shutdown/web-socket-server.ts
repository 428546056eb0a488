import { together, type Closing } from "./closing.js";
import { nodeServer, type NodeServer } from "./node-server.js";
import { endWebSocket, tellToClose, type WebSocketLike } from "./web-sockets.js";

/** A WebSocketServer of the package ws, told by its shape. */
export interface WebSocketServerLike {
  readonly clients: ReadonlySet<WebSocketLike>;
  readonly options?: { readonly server?: unknown; readonly noServer?: boolean };
  readonly _server?: NodeServer | null;
  close(ended: () => void): void;
}

/** A WebSocketServer: its clients are asked to close with 1001, and it accepts no more of them. */
export const webSocketServer = (server: WebSocketServerLike): Closing => {
  const own = ownServer(server);
  const clients: Closing = {
    isListening: () => false,
    drain: () => {},
    stop: (left) => {
      for (const client of server.clients) tellToClose(client);
      server.close(() => left());
    },
    open: () => [...server.clients].map((client) => ({ what: "WebSocket", of: client })),
    cut: () => server.clients.forEach(endWebSocket),
  };
  return own === undefined ? clients : together([own, clients]);
};

// With `port` it has made a server for itself; the others were made by the application.
const ownServer = ({ options, _server: server }: WebSocketServerLike): Closing | undefined =>
  options?.server || options?.noServer || !server ? undefined : nodeServer(server);
