import type { Closing } from "./closing.js";
import { fastifyApp, type FastifyLike } from "./fastify-app.js";
import { foundServers } from "./found-servers.js";
import { isFoundServers } from "./next-server.js";
import { nodeServer, type NodeServer } from "./node-server.js";
import { refuse } from "./settings.js";
import type { Stoppable } from "./types.js";
import { webSocketServer, type WebSocketServerLike } from "./web-socket-server.js";

/** @throws HealthError `invalid-option` for what cannot be shut down */
export const closingOf = (server: Stoppable): Closing => {
  if (isFoundServers(server)) return foundServers(server);
  if (isFastify(server)) return fastifyApp(server);
  if (isWebSocketServer(server)) return webSocketServer(server);
  if (isNodeServer(server)) return nodeServer(server);
  return refuse("server", "a server of Node, what listen() returned, a Fastify instance, a WebSocketServer, or an array of those", server);
};

const has = (value: unknown, methods: readonly string[]): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && methods.every((method) => typeof (value as Record<string, unknown>)[method] === "function");

const isNodeServer = (value: unknown): value is NodeServer => has(value, ["close", "listen", "address", "prependListener"]);

const isFastify = (value: unknown): value is FastifyLike => has(value, ["close", "addHook", "inject"]) && isNodeServer(value["server"]);

const isWebSocketServer = (value: unknown): value is WebSocketServerLike =>
  has(value, ["close", "handleUpgrade"]) && value["clients"] instanceof Set;
