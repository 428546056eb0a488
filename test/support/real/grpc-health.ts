import { fileURLToPath } from "node:url";
import { accepts, folder, freePort, served, type RealServer } from "./served.js";

const script = fileURLToPath(new URL("grpc-health-server.mjs", import.meta.url));

/** What its health service says of each service, by full name; `""` is the server. */
export type Services = Readonly<Record<string, "UNKNOWN" | "SERVING" | "NOT_SERVING" | "SERVICE_UNKNOWN">>;

/**
 * A server of @grpc/grpc-js in a process of its own, with gRPC's health service.
 * @param token what it requires as `authorization: Bearer …`
 */
export const grpcHealthServer = async (services: Services = { "": "SERVING" }, token?: string): Promise<RealServer> => {
  const [port, data] = [await freePort(), await folder()];
  const command = [process.execPath, script, String(port), JSON.stringify(services), ...(token === undefined ? [] : [token])];
  const server = served({ port, data, command, isUp: () => accepts(port) });
  await server.start();
  return server;
};
