import type { Server } from "node:http";
import type { Http2Server } from "node:http2";
import type { AddressInfo, Server as TcpServer } from "node:net";
import { onTestFinished } from "vitest";

/** Ends a server and every HTTP/1 connection that it has. */
export const stop = (server: Server | Http2Server | TcpServer): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    if ("closeAllConnections" in server) server.closeAllConnections();
  });

/** Listens on a free port of 127.0.0.1 until the test ends. */
export const listen = async (server: Server | Http2Server | TcpServer): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => stop(server));
  return (server.address() as AddressInfo).port;
};
