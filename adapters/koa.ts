import type { Context, Middleware } from "koa";
import { createHandler, type Health, type HealthResponse, type MountOptions } from "probekit";
import { headersOf } from "./shared/node-request.js";
import { write } from "./shared/node-response.js";

/**
 * Middleware for Koa 2 and 3. It answers its own paths and leaves every other request, and every CORS preflight, to
 * the next middleware. It writes past Koa's own responder, so that no outer middleware turns the answer into a 204, a
 * 304 or a stream; headers set before it stay. With koa-mount, a mount point that ends in `path` counts as the path.
 * `@koa/router` takes no prefix off the path: give the whole one, `{ path: "/api/health" }`, and mount it before the
 * router. A `details` function gets Koa's `ctx`.
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * app.use(koaHealth(health, { path: "/health" }));
 */
export const koaHealth = (health: Health, options?: MountOptions<Context>): Middleware => {
  const handle = createHandler<Context>(health, options);
  return (ctx, next) => {
    const answer = handle({ method: ctx.req.method, url: ctx.req.url, mountedAt: mountedAt(ctx), headers: headersOf(ctx.req), request: ctx });
    if (answer === undefined) return next();
    return answer instanceof Promise ? answer.then((response) => respond(ctx, response)) : respond(ctx, answer);
  };
};

// koa-mount leaves `mountPath` in place when it hands a request on, but puts the URL back.
const mountedAt = (ctx: Context): string | undefined => (ctx.req.url === ctx.originalUrl ? undefined : ctx["mountPath"]);

const respond = (ctx: Context, response: HealthResponse): void => {
  ctx.respond = false;
  write(ctx.res, response);
};
