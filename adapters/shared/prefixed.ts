import type { MountOptions } from "probekit";

// Fastify's router matches decoded paths, and a single colon begins a parameter.
const escaped = (path: string): string => decodeURI(path).replace(/\/$/, "").replace(/:/g, "::");

const probes = ["live", "ready", "startup"] as const;

/**
 * Every path of a mount, relative to a prefix and without a trailing slash, as Fastify's router wants it: a colon
 * doubled, a check's name as `:check`. A prefix that ends in `path` counts as the path.
 */
export const pathsOf = <Request>(prefix: string, { path = "/health", paths = {} }: MountOptions<Request>): string[] => {
  const root = prefix.endsWith(escaped(path)) ? "" : path.replace(/\/$/, "");
  const own = probes.map((probe) => escaped(paths[probe] ?? `${root}/${probe}`));
  return [escaped(root), ...own, ...own.map((probe) => `${probe}/:check`)];
};

/** Takes as many segments off a request target as the prefix has, which may hold parameters; off an absolute one its host as well. */
export const below = (prefix: string): ((url: string) => string) => {
  const segments = prefix && new RegExp(`^([^/]+//[^/?#]*)?${prefix.replace(/[^/]+/g, "[^/?#]*")}`);
  return (url) => url.replace(segments, "");
};
