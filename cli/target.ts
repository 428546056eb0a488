import type { RequestOptions } from "node:http";
import { basicSecrets } from "./headers.js";
import { cut, maskedUrl, plainText, quoted, secretValues, withoutValues } from "./plain-text.js";
import { misused } from "./usage-error.js";

/** What is asked. */
export interface Target {
  /** As it is shown everywhere: credentials and values of the query masked, and bounded. */
  readonly shown: string;
  readonly isTls: boolean;
  /** Where it is, and what for. */
  readonly address: RequestOptions;
  /** What must never be shown. */
  readonly secrets: readonly string[];
}

const forms = "a URL such as http://127.0.0.1:3000/health/ready, :3000/health/ready or unix:/run/app.sock:/health/ready";

const longestShown = 300;

const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i;

/** A port alone, with or without its colon, stands for this machine. */
const ofPort = /^:?(\d{1,5})(\/.*)?$/;

/** As nginx writes it: https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_pass */
const ofUnix = /^unix:(.+?)(?::(\/.*))?$/;

/** A path names no host, nor does an option, or a scheme without `//` and a host; `unix:` alone names no socket. */
const isNowhere = (given: string): boolean => given === "unix:" || /^(?:[-./]|https?:(?!\d|\/\/[^/\\]))/i.test(given);

const spelledOut = (given: string): string => {
  if (isNowhere(given)) return "";
  if (hasScheme.test(given)) return given;
  const [, port, path = "/"] = ofPort.exec(given) ?? [];
  return port === undefined ? `http://${given}` : `http://127.0.0.1:${port}${path}`;
};

const urlOf = (given: string): URL => {
  const url = URL.canParse(spelledOut(given)) ? new URL(spelledOut(given)) : undefined;
  if (url === undefined) return misused(`expected ${forms}; got ${given.includes("@") ? "something else" : quoted(maskedUrl(given))}`);
  return /^https?:$/.test(url.protocol) ? url : misused(`expected an http: or https: URL; got ${plainText(url.protocol)}`);
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const shownPath = ({ pathname, search }: URL): string => pathname + withoutValues(search);

const shownUrl = (url: URL): string => {
  const credentials = url.username === "" && url.password === "" ? "" : "***@";
  return cut(`${url.protocol}//${credentials}${url.host}${shownPath(url)}`, longestShown);
};

const authorization = ({ username, password }: URL): RequestOptions =>
  username === "" && password === "" ? {} : { auth: `${decoded(username)}:${decoded(password)}` };

const located = (url: URL, socketPath: string | undefined): RequestOptions => {
  const asked = { path: url.pathname + url.search, ...authorization(url) };
  if (socketPath !== undefined) return { ...asked, socketPath, headers: { host: url.host } };
  return { ...asked, hostname: url.hostname.replace(/^\[|\]$/g, ""), port: url.port };
};

/** Each as it stands in the URL and decoded, as a server may say it back. */
const secretsIn = ({ username, password, search }: URL): string[] => [
  ...basicSecrets(`${decoded(username)}:${decoded(password)}`),
  username,
  password,
  ...secretValues(search).flatMap((value) => [value, decoded(value), decoded(value.replaceAll("+", " "))]),
];

const ofUrl = (url: URL, socketPath: string | undefined): Target => ({
  shown: shownUrl(url),
  isTls: url.protocol === "https:",
  address: located(url, socketPath),
  secrets: secretsIn(url),
});

/**
 * What a word of the command line asks for: an http: or https: URL, a host and port, a port of this machine, or a Unix
 * socket and a path.
 * @param socketPath the socket of `--unix-socket`
 * @throws a usage error, which shows neither
 */
export const targetOf = (given: string, socketPath?: string): Target => {
  const [, socket, path = "/"] = hasScheme.test(given) ? [] : (ofUnix.exec(given) ?? []);
  if (socket === undefined) return ofUrl(urlOf(given), socketPath);
  const url = new URL(`http://localhost${path}`);
  return { ...ofUrl(url, socket), shown: cut(`unix:${plainText(socket)}:${shownPath(url)}`, longestShown) };
};
