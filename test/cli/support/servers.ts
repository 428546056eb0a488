import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import net, { type Socket } from "node:net";
import { createHealth, type CheckOutcome, type Health } from "probekit";
import { httpHealth, type HttpOptions } from "probekit/http";
import { onTestFinished } from "vitest";
import { listen } from "../../adapters/listen.js";

/** A service whose one check says what it is told to. */
export interface Service {
  readonly health: Health;
  readonly port: number;
  /** Its ready probe. */
  readonly url: string;
  readonly says: (outcome: CheckOutcome) => void;
}

/** A real server with probekit in it, until the test ends. */
export const service = async (
  options: HttpOptions<IncomingMessage, ServerResponse> = {},
  about: { service?: string; version?: string } = {},
): Promise<Service> => {
  let said: CheckOutcome = true;
  const health = createHealth({ ...about, logger: false, cacheMs: 0, errorCacheMs: 0 });
  health.register("redis", () => said);
  onTestFinished(() => health.close());
  const port = await listen(createServer(httpHealth(health, options)));
  return { health, port, url: `http://127.0.0.1:${port}/health/ready`, says: (outcome) => (said = outcome) };
};

/** A server that answers as a listener does, until the test ends. */
export const answering = async (listener: RequestListener): Promise<string> => `http://127.0.0.1:${await listen(createServer(listener))}/`;

/** One that answers with a type and a body. */
export const saying = (contentType: string, body: string, statusCode = 200): Promise<string> =>
  answering((_, response) => void response.writeHead(statusCode, { "content-type": contentType }).end(body));

/** A server of bare bytes: what it does once a request has begun to arrive. */
export const raw = async (act: (socket: Socket) => void): Promise<string> => {
  const sockets = new Set<Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).once("data", () => act(socket));
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
  });
  return `http://127.0.0.1:${port}/`;
};
