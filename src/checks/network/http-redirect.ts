import type { HttpMethod, HttpRequest } from "./http-request.js";
import { commonHeaders } from "./http-request.js";

/** How many redirects are followed in one run. */
export const mostRedirects = 5;

const redirects = [301, 302, 303, 307, 308];

/** Whether an answer says where to ask instead. */
export const isRedirect = (statusCode: number, location: string | undefined): location is string =>
  location !== undefined && redirects.includes(statusCode);

// As fetch does it: https://fetch.spec.whatwg.org/#http-redirect-fetch, step 12
const methodAfter = (statusCode: number, method: HttpMethod): HttpMethod => {
  const turnsToGet = statusCode === 303 ? method !== "HEAD" : statusCode < 303 && method === "POST";
  return turnsToGet ? "GET" : method;
};

// https://fetch.spec.whatwg.org/#request-body-header-name
const withoutBody = (headers: HttpRequest["headers"]): HttpRequest["headers"] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !/^content-(?:encoding|language|location|type)$/.test(name)));

const elsewhere = (request: HttpRequest): HttpRequest => ({ ...request, headers: commonHeaders, isOwn: false });

/**
 * The request that a redirect asks for, or why it isn't followed. Another origin gets none of the check's own headers, no
 * credentials and no body, and what comes after it doesn't either.
 */
export const redirected = (request: HttpRequest, statusCode: number, location: string): HttpRequest | string => {
  const from = request.url;
  const url = URL.canParse(location, from.href) ? new URL(location, from.href) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return "to what is no http: or https: URL";
  if (from.protocol === "https:" && url.protocol === "http:") return "from https to http";
  const method = methodAfter(statusCode, request.method);
  const body = method === request.method ? request.body : undefined;
  const isSameOrigin = url.origin === from.origin;
  if (!isSameOrigin && body !== undefined) return "to another origin, which the body is not for";
  Object.assign(url, { username: "", password: "", hash: "" });
  const next = { ...request, url, method, body, headers: body === request.body ? request.headers : withoutBody(request.headers) };
  return isSameOrigin ? next : elsewhere(next);
};
