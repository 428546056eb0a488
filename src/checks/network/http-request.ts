import { validateHeaderName, validateHeaderValue } from "node:http";
import { HealthError } from "probekit";
import { described, member } from "../shared/duck.js";
import { wordOption } from "../shared/options.js";

/** Methods that may be asked with. */
export const httpMethods = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"] as const;

/** One of {@link httpMethods}. */
export type HttpMethod = (typeof httpMethods)[number];

/** One request, as it is sent. */
export interface HttpRequest {
  /** Without credentials. */
  readonly url: URL;
  readonly method: HttpMethod;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Whether it goes to the origin that the credentials are for. */
  readonly isOwn: boolean;
}

/** What every request says, to whomever. */
export const commonHeaders: Readonly<Record<string, string>> = {
  accept: "*/*",
  "accept-encoding": "identity",
  "user-agent": "probekit",
  connection: "close",
};

const refuse = (message: string): never => {
  throw new HealthError("invalid-option", message);
};

// No message shows any of a URL: what can't be read as one may be credentials from its first letter on.
const urlOf = (given: unknown): URL => {
  const text = typeof given === "string" ? given : member(given, "href");
  if (typeof text !== "string") return refuse(`httpCheck takes an http: or https: URL; got ${described(given)}`);
  const url = URL.canParse(text) ? new URL(text) : refuse("httpCheck takes an http: or https: URL; got a text that is none");
  return /^https?:$/.test(url.protocol) ? url : refuse("httpCheck takes an http: or https: URL; got one of another scheme");
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return refuse("the credentials of httpCheck's URL must be percent-encoded; got a % that encodes nothing");
  }
};

const basic = ({ username, password }: URL): Record<string, string> => {
  if (username === "" && password === "") return {};
  const user = decoded(username);
  // https://www.rfc-editor.org/rfc/rfc7617#section-2
  if (user.includes(":")) refuse("the user name in httpCheck's URL must not hold a colon, not even an encoded one");
  const pair = `${user}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
};

const framing = ["content-length", "transfer-encoding", "trailer"];

const headerOf = ([given, value]: [string, unknown]): [string, string] => {
  const name = given.toLowerCase();
  if (framing.includes(name)) return refuse(`headers can't hold ${name}: the body says it`);
  if (typeof value !== "string") return refuse(`headers must be strings; ${JSON.stringify(name)} is ${described(value)}`);
  try {
    validateHeaderName(name);
    validateHeaderValue(name, value);
  } catch {
    return refuse(`headers must be such as HTTP allows; ${JSON.stringify(name)} has a character that it doesn't`);
  }
  return [name, value];
};

const headersOf = (given: unknown): Record<string, string> => {
  if (given === undefined) return {};
  const isRecord = typeof given === "object" && given !== null && !(Symbol.iterator in given);
  if (!isRecord) return refuse(`headers must be an object of strings; got ${described(given)}`);
  return Object.fromEntries(Object.entries(given).map(headerOf));
};

/** What a request is made of. */
export interface HttpRequestOptions {
  readonly method?: HttpMethod | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
}

/**
 * The request that a check sends first.
 * @throws HealthError `invalid-option`, showing neither the URL nor a header's value
 */
export const requestOf = (given: unknown, { method, headers, body }: HttpRequestOptions): HttpRequest => {
  const url = urlOf(given);
  const all = { ...commonHeaders, ...basic(url), ...headersOf(headers) };
  if (body !== undefined && typeof body !== "string") refuse(`body must be a string; got ${described(body)}`);
  Object.assign(url, { username: "", password: "", hash: "" });
  return { url, method: wordOption("method", method, httpMethods, "GET"), headers: all, body, isOwn: true };
};
