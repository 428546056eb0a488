import { readText } from "./files.js";
import { misused } from "./usage-error.js";

const token = /^[!#$%&'*+.^_`|~\w-]+$/;

/** Text of Latin-1 without control characters, as Node sends it. */
const sendable = /^[\t -~\u00A0-\u00FF]*$/;

/** They belong to the connection, or to a body that no request of ours has. */
const own = new Set(["connection", "content-length", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]);

const example = "--header takes 'Name: value', or @FILE with one on each line";

const entryOf = (text: string): [string, string] => {
  const colon = text.indexOf(":");
  const [name, value] = [text.slice(0, Math.max(0, colon)).trim().toLowerCase(), text.slice(colon + 1).trim()];
  if (!token.test(name)) misused(`${example}; one of them has no name before a colon`);
  if (own.has(name)) misused(`--header can't set ${name}`);
  return sendable.test(value) ? [name, value] : misused(`--header ${name} holds characters that no header may hold`);
};

const linesOf = (file: string): string[] =>
  readText("--header", file)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "");

/**
 * The headers that `--header` gives, by lower-cased name; a name that stands twice is one list.
 * @throws a usage error, which holds no value
 */
export const headersOf = (given: readonly string[]): Record<string, string> => {
  const headers = new Map<string, string>();
  for (const text of given.flatMap((one) => (one.startsWith("@") ? linesOf(one.slice(1)) : [one]))) {
    const [name, value] = entryOf(text);
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return Object.fromEntries(headers);
};

const harmless = new Set(["accept", "accept-language", "host", "user-agent"]);

/** What of `user:password` must never be shown: each, both, and both in Base64, with its padding and without. */
export const basicSecrets = (credentials: string): string[] => {
  const colon = credentials.indexOf(":");
  const both = Buffer.from(credentials).toString("base64");
  return [credentials, credentials.slice(0, Math.max(0, colon)), credentials.slice(colon + 1), both, both.replace(/=+$/, "")];
};

/** The credentials of a scheme and the value of a cookie, without their names. */
const partsOf = (value: string): string[] =>
  value.split(/[,;]\s*/).flatMap((part) => [part, part.replace(/^.*\s/, ""), part.replace(/^[^=]*=/, "")]);

const decodedBasic = (value: string): string[] => {
  const [, basic] = /^basic +(.*)$/i.exec(value) ?? [];
  return basic === undefined ? [] : basicSecrets(Buffer.from(basic, "base64").toString());
};

/** What of the headers must never be shown. */
export const secretsOf = (headers: Readonly<Record<string, string>>): string[] =>
  Object.entries(headers)
    .filter(([name]) => !harmless.has(name))
    .flatMap(([, value]) => [value, ...partsOf(value), ...decodedBasic(value)]);
