import type { HeaderSource } from "probekit";

/** What an `IncomingMessage` and an `Http2ServerRequest` have in common. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: HeaderSource;
  readonly rawHeaders?: readonly string[];
}

/**
 * A Node request's headers as it received them: Node parses `headers` when they are first read, which costs more than
 * the rest of an answer. An emulated request (a test's, a serverless gateway's) may have no such list.
 */
export const headersOf = (req: NodeRequest): HeaderSource => {
  const raw = req.rawHeaders;
  return raw?.length ? raw : req.headers;
};
