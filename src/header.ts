import type { HeaderSource } from "./http-types.js";

const inList = (raw: readonly string[], name: string): string | undefined => {
  for (let at = 0; at < raw.length; at += 2) {
    const candidate = raw[at];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) return raw[at + 1];
  }
  return undefined;
};

const isHeaders = (headers: HeaderSource): headers is { get(name: string): string | null } =>
  typeof (headers as { get?: unknown }).get === "function";

/** One header's value; `name` is lower-cased. */
export const header = (headers: HeaderSource | undefined, name: string): string | undefined => {
  if (headers === undefined) return undefined;
  if (Array.isArray(headers)) return inList(headers as readonly string[], name);
  const value = isHeaders(headers) ? headers.get(name) : (headers as Record<string, unknown>)[name];
  return typeof value === "string" ? value : undefined;
};

/** Whether a request came over HTTP/2: Node's carry the pseudo-headers among their headers, a `Headers` cannot tell. */
export const isHttp2 = (headers: HeaderSource | undefined): boolean =>
  headers !== undefined && !isHeaders(headers) && header(headers, ":method") !== undefined;
