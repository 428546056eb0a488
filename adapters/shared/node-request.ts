import type { HeaderSource, HealthRequest } from "probekit";

/** What an `IncomingMessage` and an `Http2ServerRequest` have in common. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: HeaderSource;
  readonly rawHeaders?: readonly string[];
  readonly httpVersionMajor?: number;
}

const find = (raw: readonly string[], name: string): string | null => {
  for (let at = 0; at < raw.length; at += 2) {
    const candidate = raw[at];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) return raw[at + 1] ?? null;
  }
  return null;
};

// Node parses `headers` when they are first read, which costs more than the rest of an answer; an emulated request
// (a test's, a serverless gateway's) may have no raw list.
const headersOf = (req: NodeRequest): HeaderSource => {
  const raw = req.rawHeaders;
  return raw === undefined || raw.length === 0 ? req.headers : { get: (name) => find(raw, name) };
};

/** What a handler reads of a Node request; `request` is the framework's own, `url` relative to `mountedAt`. */
export const asked = <Req>(req: NodeRequest, request: Req, url: string | undefined, mountedAt?: string): HealthRequest<Req> => ({
  method: req.method,
  url,
  mountedAt,
  headers: headersOf(req),
  http2: req.httpVersionMajor === 2,
  request,
});
