import type { IncomingHttpHeaders, ServerHttp2Session, ServerHttp2Stream } from "node:http2";
import type { Server } from "node:net";
import type { Open } from "./closing.js";
import { requestName } from "./request-name.js";
import { isHttp2 } from "./use.js";

/** The sessions of an HTTP/2 server, and the streams that are open on them. A server of HTTP/1.x has none. */
export interface Sessions {
  open(): readonly Open[];
  /** Tells every client to open no more streams here; sessions end with their last stream. */
  close(): void;
}

/** Keeps the sessions of a server from now on. */
export const sessionsOf = (server: Server): Sessions => {
  if (!isHttp2(server)) return { open: () => [], close: () => {} };
  const sessions = new Set<ServerHttp2Session>();
  const streams = new Map<ServerHttp2Stream, IncomingHttpHeaders>();
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.once("close", () => sessions.delete(session));
  });
  server.prependListener("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    streams.set(stream, headers);
    stream.once("close", () => streams.delete(stream));
  });
  return {
    open: () => [...streams].map(([stream, headers]) => ({ what: "request", of: stream, name: requestName(headers[":method"], headers[":path"]) })),
    close: () => sessions.forEach((session) => session.closed || session.close()),
  };
};
