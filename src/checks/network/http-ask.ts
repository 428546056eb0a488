import type { IncomingMessage } from "node:http";
import type { CheckVerdict } from "probekit";
import { bodyOf, exchange, type HttpBody, type Send } from "./http-exchange.js";
import { isIn, unexpected, verdictOnBody, type Holds, type StatusRange } from "./http-expected.js";
import { httpFailureOf } from "./http-failure.js";
import { isRedirect, mostRedirects, redirected } from "./http-redirect.js";
import type { HttpRequest } from "./http-request.js";

/** How a check asks, and what it expects. */
export interface Asking {
  readonly send: Send;
  readonly expected: readonly StatusRange[];
  readonly holds: Holds | undefined;
  readonly maxBodyBytes: number;
  readonly followsRedirects: boolean;
}

interface Answer {
  readonly statusCode: number;
  readonly location: string | undefined;
  /** Read where the status code is an expected one. */
  readonly body: HttpBody | undefined;
}

const reader = ({ expected, maxBodyBytes }: Asking) => async (response: IncomingMessage): Promise<Answer> => {
  const { statusCode = 0, headers } = response;
  const body = isIn(expected, statusCode) ? await bodyOf(response, maxBodyBytes) : undefined;
  return { statusCode, location: headers.location, body };
};

const answerOf = async (request: HttpRequest, asking: Asking, signal: AbortSignal): Promise<Answer> => {
  try {
    return await exchange(request, { send: asking.send, signal }, reader(asking));
  } catch (error) {
    throw signal.aborted ? error : httpFailureOf(error);
  }
};

const failed = (statusCode: number, message: string): CheckVerdict => ({ status: "error", message, data: { statusCode } });

const verdictOf = ({ statusCode, body }: Answer, { expected, holds }: Asking): CheckVerdict =>
  body === undefined ? failed(statusCode, unexpected(statusCode, expected)) : verdictOnBody(statusCode, body, holds);

/** Sends a request, and those that it is redirected to, one after the other; says whether the answer is as expected. */
export const ask = async (request: HttpRequest, asking: Asking, signal: AbortSignal, left = mostRedirects): Promise<CheckVerdict> => {
  const answer = await answerOf(request, asking, signal);
  const { statusCode, location, body } = answer;
  if (body !== undefined || !isRedirect(statusCode, location)) return verdictOf(answer, asking);
  if (!asking.followsRedirects) return failed(statusCode, `redirected (${statusCode}); followRedirects is off`);
  if (left === 0) return failed(statusCode, `redirected (${statusCode}) more than ${mostRedirects} times`);
  const next = redirected(request, statusCode, location);
  if (typeof next === "string") return failed(statusCode, `redirected (${statusCode}) ${next}: not followed`);
  return ask(next, asking, signal, left - 1);
};
