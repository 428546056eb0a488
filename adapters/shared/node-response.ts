import type { HealthResponse } from "probekit";

/** What a `ServerResponse` and an `Http2ServerResponse` have in common. */
export interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed?: boolean;
  writeHead(status: number, headers: Readonly<Record<string, string>>): unknown;
  end(): unknown;
  end(body: string | Uint8Array): unknown;
  destroy(): unknown;
}

// Nobody has answered yet, and the client is still there.
const isOpen = (res: NodeResponse): boolean => !res.headersSent && !res.destroyed;

/**
 * Writes an answer in one piece, if the response is still open. Never throws: if a hook of another middleware does,
 * the connection ends, because neither a framework's error handler nor a half answer may decide what a probe sees.
 */
export const write = (res: NodeResponse, { status, headers, body, bytes }: HealthResponse): void => {
  if (!isOpen(res)) return;
  try {
    res.writeHead(status, headers);
    // An HTTP/2 stream that answers HEAD has ended by now: an empty string would be a write after its end.
    if (body === "") res.end();
    else res.end(bytes ?? body);
  } catch {
    res.destroy();
  }
};

/** Writes an answer now, or as soon as it is there. */
export const send = (res: NodeResponse, answer: HealthResponse | Promise<HealthResponse>): void => {
  if (answer instanceof Promise) void answer.then((response) => write(res, response));
  else write(res, answer);
};
