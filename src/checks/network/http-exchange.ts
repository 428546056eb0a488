import { Agent as HttpAgent, request as httpRequest, type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import type { HttpRequest } from "./http-request.js";
import { underSignal } from "../shared/under-signal.js";

/** Sends a request; nothing else holds its connection. */
export type Send = (request: HttpRequest) => ClientRequest;

const addressOf = ({ url, method, headers, body }: HttpRequest): RequestOptions => ({
  hostname: url.hostname.replace(/^\[|\]$/g, ""),
  port: url.port,
  path: url.pathname + url.search,
  method,
  headers: body === undefined ? headers : { ...headers, "content-length": Buffer.byteLength(body) },
});

/**
 * Sends each request over a connection of its own: agents that keep none alive, that no environment variable gives a
 * proxy, and that resume no TLS session, because a resumed one is not verified again.
 * @param secured what a request under TLS is sent with besides
 */
export const sender = (common: RequestOptions, secured: (request: HttpRequest) => object): Send => {
  const http = new HttpAgent({ keepAlive: false });
  const https = new HttpsAgent({ keepAlive: false, maxCachedSessions: 0 });
  const optionsOf = (request: HttpRequest): RequestOptions => {
    const options = { ...common, ...addressOf(request) };
    return isPlain(request) ? { ...options, agent: http } : { ...options, ...secured(request), agent: https };
  };
  const made = new WeakMap<HttpRequest, RequestOptions>();
  return (request) => {
    const options = made.get(request) ?? optionsOf(request);
    made.set(request, options);
    return isPlain(request) ? httpRequest(options) : httpsRequest(options);
  };
};

const isPlain = ({ url }: HttpRequest): boolean => url.protocol === "http:";

// Without the listener an upgrade that nobody asked for would look like a lost connection.
const answerTo = (request: ClientRequest, body: string | undefined): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.on("response", resolve).on("error", reject);
    request.on("upgrade", (response, socket) => {
      socket.destroy();
      resolve(response);
    });
    request.end(body);
  });

/** Sends a request, reads its answer, and destroys the connection, whatever comes of it. */
export const exchange = async <T>(
  request: HttpRequest,
  { send, signal }: { readonly send: Send; readonly signal: AbortSignal },
  read: (response: IncomingMessage) => T | Promise<T>,
): Promise<T> => {
  signal.throwIfAborted();
  const sent = send(request);
  // What the parser can't read in a body is told to the request; the response only hears that its connection is lost.
  let told: Error | undefined;
  sent.once("error", (error) => (told = error));
  try {
    return await underSignal(signal, answerTo(sent, request.body).then(read));
  } catch (error) {
    throw signal.aborted ? error : (told ?? error);
  } finally {
    sent.destroy();
  }
};

/** A body, as far as it was read. */
export interface HttpBody {
  readonly bytes: Buffer;
  readonly isWhole: boolean;
}

/** Reads a body up to a bound, in bytes; what is more is not read, and its connection is for the caller to destroy. */
export const bodyOf = (response: IncomingMessage, most: number): Promise<HttpBody> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (): void => resolve({ bytes: Buffer.concat(chunks).subarray(0, most), isWhole: size <= most });
    response.on("error", reject).on("end", end).on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size <= most) return;
      response.pause();
      end();
    });
  });
