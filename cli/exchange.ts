import http, { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { ConnectionOptions } from "node:tls";
import { bodyOf } from "./body.js";
import { shownDuration } from "./duration.js";
import { stageOf } from "./stage.js";
import type { Target } from "./target.js";
import { version } from "./version.js";

/** How every request of a command is sent. */
export interface Sending {
  /** The limit of the whole exchange, from its start to the end of the body, in milliseconds. */
  readonly timeoutMs: number;
  /** By lower-cased name; they stand over the command's own. */
  readonly headers: Readonly<Record<string, string>>;
  /** Options of node:tls. */
  readonly tls: ConnectionOptions;
}

/** What a server answered, read to its end. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: IncomingHttpHeaders;
  /** `undefined` for one that is too long. */
  readonly body: string | undefined;
}

const overdue = "PROBEKIT_OVERDUE";

/** Whether an exchange failed because its time ran out. */
export const isOverdue = (error: unknown): error is Error => (error as { code?: unknown } | undefined)?.code === overdue;

// A connection of its own for each: it keeps none alive, resumes no TLS session, which would not be verified again, and no
// environment variable gives it a proxy.
const connection = { keepAlive: false, maxCachedSessions: 0 };

const ownHeaders = {
  accept: "application/json, */*;q=0.1",
  "accept-encoding": "identity",
  "user-agent": `probekit/${version}`,
};

const requestTo = async ({ isTls, address }: Target, { headers, tls }: Sending): Promise<ClientRequest> => {
  const options = { ...address, headers: { ...ownHeaders, ...(address.headers as object | undefined), ...headers } };
  if (!isTls) return http.request({ ...options, agent: new http.Agent(connection) });
  const https = await import("node:https");
  return https.request({ ...options, ...tls, agent: new https.Agent(connection) });
};

// What the parser can't read in a body is told to the request; the response only hears that its connection is lost. A
// protocol that nobody asked to change to is an answer like another.
const answerTo = (request: ClientRequest): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const read = (response: IncomingMessage, body: Promise<string | undefined>): void => {
      const { statusCode = 0, headers } = response;
      body.then((text) => resolve({ statusCode, headers, body: text })).catch((error: unknown) => setImmediate(reject, error));
    };
    request.on("error", reject);
    request.on("response", (response) => read(response, bodyOf(response)));
    request.on("upgrade", (response) => read(response, Promise.resolve("")));
    request.end();
  });

// Time runs out after a turn of the event loop: an answer that had already arrived is read first.
const ending = (
  timeoutMs: number,
  signal: AbortSignal,
  stage: () => string,
): { readonly ended: Promise<never>; readonly off: () => void } => {
  let off = (): void => {};
  const ended = new Promise<never>((_, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    const fail = (): void => reject(Object.assign(new Error(`${stage()} within ${shownDuration(timeoutMs)}`), { code: overdue }));
    const timer = setTimeout(() => setImmediate(fail), timeoutMs);
    signal.addEventListener("abort", abort);
    off = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
  });
  return { ended, off };
};

/** Sends one GET and reads its answer; the connection is destroyed, whatever comes of it. Rejects when aborted. */
export const exchange = async (target: Target, sending: Sending, signal: AbortSignal): Promise<Answer> => {
  signal.throwIfAborted();
  const request = await requestTo(target, sending);
  const { ended, off } = ending(sending.timeoutMs, signal, stageOf(request, target.isTls));
  try {
    return await Promise.race([answerTo(request), ended]);
  } finally {
    off();
    request.destroy();
  }
};
