import type { Server, Socket } from "node:net";
import type { Open } from "./closing.js";
import { answerOf, isHttp1, isUpgraded, type HttpSocket } from "./connections.js";
import { requestName } from "./request-name.js";
import { webSocketOf } from "./web-sockets.js";

/** What a socket of a server is in use for: `undefined` when it is silent, idle, or has sent half of a request. */
export const useOf = (server: Server, socket: HttpSocket): Open | undefined => {
  if (isUpgraded(socket)) return upgraded(socket);
  const answer = answerOf(socket);
  if (answer !== undefined) return { what: "request", of: answer, name: requestName(answer.req.method, answer.req.url) };
  return isHttp1(socket) || isCarrier(server, socket) || isHttp2(server) ? undefined : { what: "connection", of: socket };
};

const upgraded = (socket: Socket): Open => {
  const webSocket = webSocketOf(socket);
  return webSocket === undefined ? { what: "upgraded connection", of: socket } : { what: "WebSocket", of: webSocket };
};

/** Whether it only carries what TLS hands on. */
const isCarrier = (server: Server, socket: Socket): boolean => "setSecureContext" in server && !("encrypted" in socket);

/** Whether sessions tell what its sockets are in use for. */
export const isHttp2 = (server: Server): boolean => "updateSettings" in server;
