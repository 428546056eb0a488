import type { IncomingMessage, ServerResponse } from "node:http";
import type { Server, Socket } from "node:net";
import { answerOf, type HttpSocket } from "./connections.js";

type Answer = ServerResponse<IncomingMessage>;

/** Events by which Node hands on a request; the latter two only where the application listens to them. */
const arrivals = ["request", "checkContinue", "checkExpectation"] as const;

/**
 * From now on every answer of HTTP/1.x closes its connection and says so, those in flight too whose headers are not sent.
 * HTTP/2 has no such header.
 */
export const closeAfterAnswers = (server: Server, sockets: Iterable<Socket>): void => {
  const latest = new WeakMap<Socket, Answer>();
  const last = (request: IncomingMessage, answer: Answer): void => {
    if (request.httpVersionMajor !== 1) return;
    // Of requests that were sent without waiting for answers, the last answer closes, unless an earlier one has begun: else the others
    // were lost.
    reopen(latest.get(request.socket));
    latest.set(request.socket, answer);
    closeAfter(answer);
  };
  for (const socket of sockets) {
    const answer = answerOf(socket);
    if (answer !== undefined && isLatest(socket, answer)) last(answer.req, answer);
  }
  for (const event of arrivals) {
    // Who listens where nobody did takes a decision from Node; to "request" of HTTP/2, a second answer from the application.
    if (server.listenerCount(event) > 0) server.prependListener(event, last);
  }
};

const isLatest = (socket: HttpSocket, answer: Answer): boolean => {
  const incoming = socket.parser?.incoming;
  return incoming === undefined || incoming === null || incoming === answer.req;
};

const reopen = (answer: Answer | undefined): void => {
  if (answer !== undefined && !answer.headersSent) answer.shouldKeepAlive = true;
};

const closeAfter = (answer: Answer): void => {
  if (answer.headersSent) return;
  answer.shouldKeepAlive = false;
  const writeHead = answer.writeHead as (...args: unknown[]) => Answer;
  // What the application says itself goes before shouldKeepAlive; proxies pass on what they were told.
  answer.writeHead = ((...args: unknown[]) => {
    if (answer.shouldKeepAlive) return writeHead.apply(answer, args);
    if (keepsAlive(answer.getHeader("connection"))) answer.setHeader("connection", "close");
    return writeHead.apply(answer, args.map(withoutKeepAlive));
  }) as Answer["writeHead"];
};

const keepsAlive = (value: unknown): boolean => /keep-alive/i.test(String(value));

const isKeepAlive = (name: unknown, value: unknown): boolean => /^connection$/i.test(String(name)) && keepsAlive(value);

const withoutKeepAlive = (arg: unknown): unknown => {
  if (Array.isArray(arg)) return flatWithout(arg);
  if (typeof arg !== "object" || arg === null) return arg;
  return Object.fromEntries(Object.entries(arg).filter(([name, value]) => !isKeepAlive(name, value)));
};

// A list of pairs, or names and values in turn.
const flatWithout = (list: readonly unknown[]): unknown[] =>
  Array.isArray(list[0])
    ? list.filter((pair) => !isKeepAlive((pair as unknown[])[0], (pair as unknown[])[1]))
    : list.filter((_, at) => !isKeepAlive(list[at - (at % 2)], list[at - (at % 2) + 1]));
