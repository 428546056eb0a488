import { createHandler, type HeaderSource, type Health, type HealthResponse, type MountOptions } from "probekit";
import { always, notFound } from "./not-found.js";

/** What Next's `[[...probe]]` holds: decoded segments, or nothing at its root. */
export type NextProbe = string | readonly string[] | undefined;

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

const target = (probe: NextProbe, url = ""): string =>
  `/${[probe ?? []].flat().map(encoded).join("/")}${url.includes("?") ? url.slice(url.indexOf("?")) : ""}`;

/** Answers for a mount whose probe comes from a catch-all parameter: always, and never with a rejection. */
export const mounted = <Req>(health: Health, options: MountOptions<Req> | undefined) => {
  const handle = createHandler<Req>(health, options);
  // The path of a request says nothing: basePath, rewrites and the folder of the route file all change it.
  const mountedAt = options?.path?.replace(/\/$/, "") ?? "/health";
  return async (asked: Asked<Req>, probe: NextProbe, isPreflight: boolean): Promise<HealthResponse> =>
    (await handle({ ...asked, url: target(probe, asked.url), mountedAt })) ?? notOurs(asked.method, isPreflight);
};
