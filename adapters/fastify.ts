import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import fastifyPlugin from "fastify-plugin";
import { createHandler, type Health, type HealthResponse, type MountOptions } from "probekit";
import { below, pathsOf } from "./shared/prefixed.js";
import { write } from "./shared/node-response.js";

/** Options of {@link fastifyHealth}; Fastify itself reads `prefix` and `logLevel` (such as `"silent"`) from the same object. */
export interface FastifyHealthOptions extends MountOptions<FastifyRequest> {
  readonly health: Health;
}

/** Methods that ask for a report: GET, HEAD and OPTIONS, and no others of Node's. */
const reads = /^[GHO]/;

const plugin = async (fastify: FastifyInstance, options: FastifyHealthOptions): Promise<void> => {
  const { supportedMethods } = fastify;
  const mountedAt = fastify.prefix.replace(/\/$/, "");
  const handle = createHandler<FastifyRequest>(options.health, options);
  const within = below(mountedAt);

  const handler = (request: FastifyRequest, reply: FastifyReply): void => {
    const { raw } = request;
    const response = handle({ method: raw.method, url: within(raw.url!), mountedAt, headers: raw.rawHeaders, request });
    if (!response) reply.callNotFound();
    else if (response instanceof Promise) later(reply, response);
    else send(reply, response);
  };

  // A scope for each path, because Fastify knows by its own options whether "/" in a prefix needs one route or two.
  for (const path of pathsOf(mountedAt, options)) {
    const scoped = async (scope: FastifyInstance): Promise<void> => {
      // No body is read, whatever its type: one that can't be parsed would end in the application's error handler.
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser("*", async () => {});
      scope.route({ method: supportedMethods.filter((method) => reads.test(method)), url: "/", handler });
      // At once. Not so for the readers, whose reports an application's preHandler may guard.
      scope.route({ method: supportedMethods.filter((method) => !reads.test(method)), url: "/", onRequest: handler, handler });
    };
    void fastify.register(scoped, { prefix: path });
  }
};

const send = (reply: FastifyReply, response: HealthResponse): void => {
  const { raw } = reply;
  if (raw.headersSent) return;
  // Past Fastify's own writer: an onSend hook may add an ETag, compress or rewrite. Headers set by earlier hooks stay.
  const earlier = reply.getHeaders();
  for (const name in earlier) raw.setHeader(name, earlier[name] as string);
  reply.hijack();
  write(raw, response);
};

/** Sends an answer once it is there; a connection kept alive past the server's end would hold up `close()`. */
const later = (reply: FastifyReply, answer: Promise<HealthResponse>): void => {
  const { server } = reply.server;
  const { listening } = server;
  void answer.then((response): void => {
    if (listening && !server.listening && reply.request.raw.httpVersionMajor < 2) reply.header("connection", "close");
    return send(reply, response);
  });
};

/**
 * A plugin for Fastify 5. It registers its own paths for every method that Fastify supports, with and without a
 * trailing slash; everything else is left to Fastify's own 404. Register it with a `prefix` as any plugin: a prefix
 * that ends in `path` counts as the path. A `details` function gets Fastify's request.
 * @throws HealthError (`register` rejects) naming the health or the option that is not valid
 * @example
 * await app.register(fastifyHealth, { health, path: "/health", logLevel: "silent" });
 */
export const fastifyHealth = fastifyPlugin(plugin, { name: "probekit", fastify: "5.x", encapsulate: true });
