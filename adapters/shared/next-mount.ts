import { createHandler, type HeaderSource, type Health, type HealthResponse, type MountOptions } from "probekit";
import { always, notFound } from "./not-found.js";

/** What Next's `[[...probe]]` holds: decoded segments, or nothing at its root. */
export type NextProbe = string | readonly string[] | undefined;

/** A route's parameters by name; the Pages Router adds the query's. */
export interface NextParams {
  readonly [name: string]: NextProbe;
}

/** What a router of Next hands over. */
export interface Asked<Req> {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: HeaderSource;
  readonly request: Req;
}

const preflight: HealthResponse = { status: 204, headers: { ...always, allow: "GET, HEAD, OPTIONS" }, body: "" };

// There is no next handler in Next: what is not the mount's ends here.
const notOurs = (method: string | undefined, isPreflight: boolean): HealthResponse =>
  method === "OPTIONS" && isPreflight ? preflight : notFound(method);

// The core decodes once more; only these could be mistaken for something else, and encoding no others never throws.
const encoded = (segment: string): string => segment.replace(/[%/?#]/g, encodeURIComponent);

const queryOf = (url = ""): string => (url.includes("?") ? url.slice(url.indexOf("?")) : "");

const target = (probe: NextProbe, url: string | undefined): string => `/${[probe ?? []].flat().map(encoded).join("/")}${queryOf(url)}`;

/** Answers for a mount whose probe comes from a catch-all parameter: always, and never with a rejection. */
export const mounted = <Req>(health: Health, options: MountOptions<Req> | undefined) => {
  const handle = createHandler<Req>(health, options);
  // The path of a request says nothing: basePath, rewrites and the folder of the route file all change it.
  const mountedAt = options?.path?.replace(/\/$/, "") ?? "/health";
  return async (asked: Asked<Req>, probe: NextProbe, isPreflight: boolean): Promise<HealthResponse> =>
    (await handle({ ...asked, url: target(probe, asked.url), mountedAt })) ?? notOurs(asked.method, isPreflight);
};

/** Whether a route of the App Router has no catch-all called `probe`, which would tell a liveness probe of everything. */
export const misnamed = (params: NextParams | undefined): boolean =>
  params === undefined || (params["probe"] === undefined && Object.values(params).some(Array.isArray));

/** What every probe of such a route gets. */
export const misnamedAnswer = (method: string): HealthResponse => notFound(method, "the catch-all folder must be called [[...probe]]");
