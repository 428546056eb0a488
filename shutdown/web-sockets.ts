import type { Socket } from "node:net";

/** A WebSocket of the package ws, told by its shape. */
export interface WebSocketLike {
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/** The server goes away: https://www.rfc-editor.org/rfc/rfc6455#section-7.4.1 */
const goingAway = 1001;

const isWebSocket = (value: unknown): value is WebSocketLike =>
  typeof value === "object" && value !== null && ["close", "terminate"].every((method) => typeof (value as Record<string, unknown>)[method] === "function");

/**
 * The WebSocket that ws, and what is built on it, keeps at a socket. Sockets of other libraries are not told: a close frame
 * that is written past them may end up in the middle of one of theirs.
 */
export const webSocketOf = (socket: Socket): WebSocketLike | undefined => {
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === "websocket");
  const found = key === undefined ? undefined : (socket as unknown as Record<symbol, unknown>)[key];
  return isWebSocket(found) ? found : undefined;
};

/** Asks the client of a WebSocket to close it. */
export const tellToClose = (socket: WebSocketLike): void => {
  try {
    socket.close(goingAway);
  } catch {
    // One that never opened.
  }
};

/** Ends a WebSocket without a word. */
export const endWebSocket = (socket: WebSocketLike): void => {
  try {
    socket.terminate();
  } catch {
    // One that never opened.
  }
};
