import type { IncomingMessage } from "node:http";
import { createHandler, HealthError, type Health, type MountOptions } from "probekit";
import { misnamed, misnamedAnswer, mounted, type NextParams } from "./shared/next-mount.js";
import { write, type NodeResponse } from "./shared/node-response.js";

export type { NextParams, NextProbe } from "./shared/next-mount.js";
export type { NodeResponse } from "./shared/node-response.js";

/** An App Router route handler; `params` is a promise since Next 15. */
export type NextRoute<Req> = (req: Req, context: { readonly params: Promise<NextParams> }) => Promise<Response>;

/** Every method of a `route.ts`; without the last four Next itself answers those with 405. */
export type NextHandlers<Req> = Readonly<Record<"GET" | "HEAD" | "OPTIONS" | "POST" | "PUT" | "PATCH" | "DELETE", NextRoute<Req>>>;

/** What the adapter reads of a `NextApiRequest`. */
export interface NextApiRequestLike extends IncomingMessage {
  readonly query: NextParams;
}

/**
 * Route handlers for the App Router, in `app/health/[[...probe]]/route.ts`. The probe comes from the catch-all
 * parameter, which must be called `probe` (below any other, or without one, answers are 404), so that the folder,
 * `basePath`, rewrites and `trailingSlash` do not matter. `paths` are relative to the catch-all. The handlers read the
 * request, which keeps them dynamic under `cacheComponents` too
 * (an exported `dynamic` is a build error there: https://nextjs.org/docs/app/api-reference/config/next-config-js/cacheComponents).
 * What is not ours gets a 404, a CORS preflight a 204 that allows no other origin. Next takes `Content-Length` off and
 * sends one chunk; the Pages Router keeps it. A `details` function gets the `Request`.
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * export const { GET, HEAD, OPTIONS } = nextHealth(health);
 */
export const nextHealth = <Req extends Request = Request>(health: Health, options?: MountOptions<Req>): NextHandlers<Req> => {
  const respond = mounted(health, options);
  const route: NextRoute<Req> = async (request, { params }) => {
    const { method, url, headers } = request;
    const isPreflight = headers.has("access-control-request-method");
    const given = await params;
    const answer = misnamed(given) ? misnamedAnswer(method) : await respond({ method, url, headers, request }, given["probe"], isPreflight);
    return new Response(answer.body || null, { status: answer.status, headers: answer.headers });
  };
  return { GET: route, HEAD: route, OPTIONS: route, POST: route, PUT: route, PATCH: route, DELETE: route };
};

/**
 * A handler for the Pages Router, in `pages/api/health/[[...probe]].ts`; otherwise as {@link nextHealth}, but a
 * catch-all by another name can't be told from a query here and answers everything. It writes the
 * answer itself, because Next's `res.json` and `res.send` add an ETag and turn a 503 into a 304. Next parses bodies
 * before it: export `config = { api: { bodyParser: false } }` beside it, so that a POST gets its 405 whatever it holds.
 * A `details` function gets the `NextApiRequest`.
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * export default nextApiHealth(health);
 */
export const nextApiHealth = <Req extends NextApiRequestLike = NextApiRequestLike>(
  health: Health,
  options?: MountOptions<Req>,
): ((req: Req, res: NodeResponse) => Promise<void>) => {
  const respond = mounted(health, options);
  return async (request, res) => {
    const { method, url, headers, query } = request;
    const isPreflight = headers["access-control-request-method"] !== undefined;
    write(res, await respond({ method, url, headers, request }, query["probe"], isPreflight));
  };
};

/**
 * The one health of a process and key, because Next evaluates a module once for each of its bundles
 * (`instrumentation.ts`, App Router, Pages Router) and they share nothing but `globalThis`. The first call makes it;
 * what a factory throws is passed on and nothing is kept. In `next dev` an edited factory counts after a restart.
 * @param key not empty
 * @throws HealthError when the key is not a string or empty, or the factory makes no health
 * @example
 * export const health = sharedHealth("orders", () => {
 *   const made = createHealth({ service: "orders" });
 *   made.register("database", knexCheck(db));
 *   return made;
 * });
 */
export const sharedHealth = (key: string, factory: () => Health): Health => {
  if (typeof key !== "string" || key === "") {
    throw new HealthError("invalid-option", `key must be a string that is not empty; got ${key === "" ? '""' : typeof key}`);
  }
  if (typeof factory !== "function") throw new HealthError("invalid-option", `factory must be a function; got ${typeof factory}`);
  const shared = globalThis as unknown as Record<symbol, Health | undefined>;
  const name = Symbol.for(`probekit.health.${key}`);
  return (shared[name] ??= checked(factory()));
};

const checked = (health: Health): Health => {
  createHandler(health);
  return health;
};
