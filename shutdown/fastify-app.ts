import { together, type Closing } from "./closing.js";
import { nodeServer, type NodeServer } from "./node-server.js";

/** A Fastify instance, told by its shape. */
export interface FastifyLike {
  readonly server: NodeServer;
  close(): PromiseLike<unknown>;
}

/** As long as other servers are given for requests that were on their way when they stopped listening. */
const graceMs = 1000;

/**
 * A Fastify instance. From the first line of its `close()` every route answers 503, so that comes when no connection is
 * left, or a second after it stopped listening: its preClose hooks may have to end what holds connections.
 */
export const fastifyApp = (app: FastifyLike): Closing => {
  const main = nodeServer(app.server);
  let all = main;
  let closing: PromiseLike<unknown> | undefined;
  const close = (): PromiseLike<unknown> => (closing ??= app.close());
  return {
    isListening: main.isListening,
    drain: () => {
      all = together([main, ...othersOf(app).map(nodeServer)]);
      all.drain();
    },
    stop: (left) => {
      // With forceCloseConnections its close() cuts what is in flight: that is decided here, when there is no time any more.
      for (const server of [app.server, ...othersOf(app)]) if (server.closeAllConnections) server.closeAllConnections = () => {};
      const grace = setTimeout(() => void close().then(undefined, () => {}), graceMs);
      all.stop(() => {
        clearTimeout(grace);
        left();
      });
    },
    open: () => all.open(),
    cut: () => all.cut(),
    rest: { name: "fastify.close()", ended: async () => close() },
  };
};

// Listening on a name that has several addresses, such as localhost, Fastify starts a server for each.
const othersOf = (app: FastifyLike): readonly NodeServer[] => {
  const key = Object.getOwnPropertySymbols(app).find(({ description }) => description === "fastify.serverBindings");
  const others = key === undefined ? undefined : (app as unknown as Record<symbol, unknown>)[key];
  return Array.isArray(others) ? (others as NodeServer[]) : [];
};
