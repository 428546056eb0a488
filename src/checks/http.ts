import type { Check } from "probekit";
import { ask, type Asking } from "./network/http-ask.js";
import { sender } from "./network/http-exchange.js";
import { bodyOption, statusOption, type ExpectedBody, type StatusRange } from "./network/http-expected.js";
import { requestOf, type HttpMethod } from "./network/http-request.js";
import { securedBy, type HttpTlsOptions } from "./network/http-tls.js";
import { bytes, numberOption } from "./shared/levels.js";
import { booleanOption, optionsOf } from "./shared/options.js";
import { sharedLookup } from "./network/shared-lookup.js";

export type { ExpectedBody, StatusRange } from "./network/http-expected.js";
export type { HttpMethod } from "./network/http-request.js";
export type { HttpTlsOptions } from "./network/http-tls.js";
export type { Pem } from "./network/tls-options.js";

/** Options of {@link httpCheck}; `undefined` always means the default. */
export interface HttpCheckOptions {
  /** @default "GET" */
  readonly method?: HttpMethod | undefined;
  /**
   * Headers of the request; `Authorization` stands over the URL's credentials, `Host` over its host. `Content-Length`,
   * `Transfer-Encoding` and `Trailer` can't be given.
   * @default Accept, Accept-Encoding: identity, User-Agent: probekit, Connection: close
   */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The request's body, sent as UTF-8; give its `Content-Type` in `headers`. @default none */
  readonly body?: string | undefined;
  /**
   * The status codes that are ok, 200 to 599: one, a range of them with both its ends, or an array of such.
   * @default { from: 200, to: 299 }
   * @example [200, { from: 400, to: 404 }]
   */
  readonly expectedStatus?: number | StatusRange | readonly (number | StatusRange)[] | undefined;
  /**
   * What the body must hold, as UTF-8: a text, a match, or what a function says `true` to, at once. Only so much of it is
   * looked at as `maxBodyBytes` says, and a compressed one is not unpacked. A pattern runs on what the server sends: one
   * that backtracks without bound blocks the process. @default anything
   */
  readonly expectedBody?: ExpectedBody | undefined;
  /** How much of the body is read, in bytes; a longer one is cut off with its connection. A whole number from 1. @default 65536 */
  readonly maxBodyBytes?: number | undefined;
  /**
   * Whether redirects are followed, at most 5 in a run and never from https to http. Another origin gets none of
   * `headers`, no credentials, no client certificate and no body. @default false: a redirect is an error
   */
  readonly followRedirects?: boolean | undefined;
  /** How an https: server is verified. @default by the authorities that Node trusts and the URL's host */
  readonly tls?: HttpTlsOptions | undefined;
}

/**
 * Sends one HTTP/1.1 request and looks at the answer's status code, and at its body where `expectedBody` says what it must
 * hold. The body is read in any case, up to `maxBodyBytes`, so that one that is cut off is an error.
 *
 * Each run opens a connection of its own and destroys it: neither the application's agents nor a proxy of the environment
 * has a part in it. `data` holds the `statusCode`. Ask another service for its liveness, or for a page that asks nothing
 * of others: when every service asks the next one's readiness, one that is down takes all of them out of traffic.
 * @param url http: or https:; credentials in it are sent as Basic authorization, and no message ever shows them
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("payments", httpCheck("https://payments.internal/livez"), { critical: false, timeoutMs: 300 });
 * @example httpCheck(url, { method: "HEAD", expectedStatus: [200, 204], tls: { ca: readFileSync("ca.pem") } });
 */
export const httpCheck = (url: string | URL, options?: HttpCheckOptions): Check => {
  const given = optionsOf("httpCheck", options, known);
  const request = requestOf(url, given);
  const asking: Asking = {
    send: sender({ lookup: sharedLookup() }, securedBy(given.tls)),
    expected: statusOption(given.expectedStatus),
    holds: bodyOption(given.expectedBody, request.method),
    maxBodyBytes: numberOption("maxBodyBytes", given.maxBodyBytes, bytes) ?? 65_536,
    followsRedirects: booleanOption("followRedirects", given.followRedirects, false),
  };
  return ({ signal }) => ask(request, asking, signal);
};

const known = ["method", "headers", "body", "expectedStatus", "expectedBody", "maxBodyBytes", "followRedirects", "tls"];
