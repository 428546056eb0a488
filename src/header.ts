import type { HeaderSource } from "./http-types.js";

// A header that stands more than once is one list (RFC 9110, section 5.3).
const inList = (raw: readonly string[], name: string, usual: string): string | undefined => {
  let found: string | undefined;
  for (let at = 0; at < raw.length; at += 2) {
    const candidate = raw[at];
    if (candidate?.length !== name.length || (candidate !== usual && candidate.toLowerCase() !== name)) continue;
    found = found === undefined ? raw[at + 1] : `${found}, ${raw[at + 1]}`;
  }
  return found;
};

const isHeaders = (headers: HeaderSource): headers is { get(name: string): string | null } =>
  typeof (headers as { get?: unknown }).get === "function";

/** One header's value; `name` is lower-cased, `usual` as most senders spell it: to lower its case costs more than to compare. */
export const header = (headers: HeaderSource | undefined, name: string, usual = name): string | undefined => {
  if (headers === undefined) return undefined;
  if (Array.isArray(headers)) return inList(headers as readonly string[], name, usual);
  const value = isHeaders(headers) ? headers.get(name) : (headers as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
};

/** Whether a request came over HTTP/2: Node's carry the pseudo-headers among their headers, a `Headers` cannot tell. */
export const isHttp2 = (headers: HeaderSource | undefined): boolean =>
  headers !== undefined && !isHeaders(headers) && header(headers, ":method") !== undefined;
