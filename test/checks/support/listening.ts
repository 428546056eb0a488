import { once } from "node:events";
import type { AddressInfo, Server, Socket } from "node:net";
import { afterEach } from "vitest";

/** Lets servers of a test's own listen on 127.0.0.1, and says on which port; they end after it with their connections. */
export const temporaryServers = (): ((server: Server) => Promise<number>) => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  afterEach(async () => {
    const closed = servers.map((server) => once(server.close(), "close"));
    servers.length = 0;
    for (const socket of sockets) socket.destroy();
    await Promise.all(closed);
  });
  return async (server) => {
    servers.push(server);
    server.on("connection", (socket) => {
      sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return (server.address() as AddressInfo).port;
  };
};
