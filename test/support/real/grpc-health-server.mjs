// A gRPC health server for tests, by the protocol's own file: it shares no code with what asks it.
// node grpc-health-server.mjs <port> '{"": "SERVING", "orders.v1.Orders": "NOT_SERVING"}' [token]
import { fileURLToPath } from "node:url";
import * as grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const [port, services, token] = [process.argv[2], JSON.parse(process.argv[3]), process.argv[4]];
const definition = loadSync(fileURLToPath(new URL("grpc-health.proto", import.meta.url)), { enums: String, defaults: true });

const check = ({ request, metadata }, callback) => {
  const [authorization] = metadata.get("authorization");
  const isKnown = token === undefined || authorization === `Bearer ${token}`;
  if (!isKnown) return callback({ code: grpc.status.UNAUTHENTICATED, details: "no valid token" });
  const status = services[request.service];
  if (status === undefined) return callback({ code: grpc.status.NOT_FOUND, details: "unknown service" });
  return callback(null, { status });
};

const server = new grpc.Server();
server.addService(definition["grpc.health.v1.Health"], { Check: check });
server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error) => {
  if (error) throw error;
});
