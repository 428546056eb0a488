import type { IncomingMessage, ServerResponse } from "node:http";
import { createHandler, HealthError, type Health, type MountOptions } from "probekit";
import { headersOf, type NodeRequest } from "./shared/node-request.js";
import { notFound } from "./shared/not-found.js";
import { send, write, type NodeResponse } from "./shared/node-response.js";

export type { NodeResponse } from "./shared/node-response.js";
export type { NodeRequest } from "./shared/node-request.js";

/** Options of {@link httpHealth}. */
export interface HttpOptions<Req, Res> extends MountOptions<Req> {
  /** Gets every request that is not the mount's. @default a small 404 */
  readonly next?: ((req: Req, res: Res) => unknown) | undefined;
}

const refuse = (req: NodeRequest, res: NodeResponse): void => write(res, notFound(req.method));

/**
 * A request listener for `node:http`, `node:https` and the compatibility API of `node:http2`. It answers its own
 * paths and leaves every other request, and every CORS preflight, to `next`. A `details` function gets the server's
 * own request; on HTTP/2 annotate it: `(req: Http2ServerRequest) => …`.
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * http.createServer(httpHealth(health, { path: "/health", next: app })).listen(3000);
 */
export const httpHealth = <Req extends NodeRequest = IncomingMessage, Res extends NodeResponse = ServerResponse>(
  health: Health,
  options?: HttpOptions<Req, Res>,
): ((req: NodeRequest, res: NodeResponse) => void) => {
  const handle = createHandler<Req>(health, options);
  const next = options?.next ?? refuse;
  if (typeof next !== "function") throw new HealthError("invalid-option", `next must be a function; got ${typeof next}`);
  return (req, res) => {
    const answer = handle({ method: req.method, url: req.url, headers: headersOf(req), request: req as Req });
    if (answer === undefined) next(req as Req, res as Res);
    else send(res, answer);
  };
};
