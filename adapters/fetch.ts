import { createHandler, type Health, type HealthResponse, type MountOptions } from "probekit";

/**
 * A handler for anything that speaks fetch's `Request` and `Response`: Hono, Bun, Deno. `undefined` means: not ours,
 * call the next handler. Routers of this kind take no prefix off the URL: give the whole path,
 * `{ path: "/api/health" }`. A `details` function gets the `Request`.
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * const answer = fetchHealth(health);
 * app.use((c, next) => answer(c.req.raw) ?? next()); // Hono; its types want an async function
 * Bun.serve({ fetch: (request) => answer(request) ?? app.fetch(request) });
 */
export const fetchHealth = (
  health: Health,
  options?: MountOptions<Request>,
): ((request: Request) => Response | Promise<Response> | undefined) => {
  const handle = createHandler<Request>(health, options);
  return (request) => {
    const { method, url, headers } = request;
    const answer = handle({ method, url, headers, request });
    if (answer === undefined) return undefined;
    return answer instanceof Promise ? answer.then(toResponse) : toResponse(answer);
  };
};

const toResponse = ({ status, headers, body }: HealthResponse): Response =>
  new Response(body === "" ? null : body, { status, headers });
