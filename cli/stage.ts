import type { ClientRequest } from "node:http";
import type { TLSSocket } from "node:tls";

/**
 * Follows a request, and says how far it had come when time runs out: what was missing tells where to look.
 * @returns what says it now
 */
export const stageOf = (request: ClientRequest, isTls: boolean): (() => string) => {
  let stage = "no connection";
  request.on("socket", (socket) => {
    socket.once("connect", () => (stage = isTls ? "connected, but no TLS handshake" : "connected, but no answer"));
    (socket as TLSSocket).once("secureConnect", () => (stage = "connected, but no answer"));
  });
  request.on("response", ({ statusCode }) => (stage = `answered ${statusCode}, but no end of its body`));
  return () => stage;
};
