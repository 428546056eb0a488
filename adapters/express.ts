import type { Request, RequestHandler } from "express";
import { createHandler, type Health, type MountOptions } from "probekit";
import { headersOf } from "./shared/node-request.js";
import { send } from "./shared/node-response.js";

/**
 * Middleware for Express 4 and 5. It answers its own paths and leaves every other request, and every CORS preflight,
 * to the next handler; Express' error handler is never called. `app.use("/health", expressHealth(health))` works as
 * well as `app.use(expressHealth(health))`: a mount point that ends in `path` counts as the path.
 * A `details` function gets Express' request.
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * app.use(expressHealth(health, { path: "/health" }));
 */
export const expressHealth = (health: Health, options?: MountOptions<Request>): RequestHandler => {
  const handle = createHandler<Request>(health, options);
  return (req, res, next) => {
    const answer = handle({ method: req.method, url: req.url, mountedAt: req.baseUrl, headers: headersOf(req), request: req });
    if (answer === undefined) next();
    else send(res, answer);
  };
};
