import { accepts, folder, freePort, isOnPath, served, type RealServer } from "./served.js";

export const missingRedis = isOnPath("redis-server") ? undefined : "redis-server";

/** A Redis server that keeps nothing on disk. */
export const redisServer = async (options: readonly string[] = []): Promise<RealServer> => {
  const [port, data] = [await freePort(), await folder()];
  const command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--dir", data, "--save", "", ...options];
  const server = served({ port, data, command, isUp: () => accepts(port) });
  await server.start();
  return server;
};
