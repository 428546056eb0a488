import type { MountOptions } from "probekit";

const escaped = (path: string): string => path.replace(/\/$/, "").replaceAll(":", "::");

/**
 * Every path of a mount, relative to a prefix and without a trailing slash, as Fastify's router wants it: a colon
 * doubled, a check's name as `:check`. A prefix that ends in `path` counts as the path.
 */
export const pathsOf = <Request>(prefix: string, { path = "/health", paths = {} }: MountOptions<Request>): string[] => {
  const base = escaped(path);
  const root = prefix.endsWith(base) ? "" : base;
  const own = (["live", "ready", "startup"] as const).map((probe) => (paths[probe] === undefined ? `${root}/${probe}` : escaped(paths[probe])));
  return [root, ...own, ...own.map((probe) => `${probe}/:check`)];
};

/** Takes as many segments off a request target as the prefix has, which may hold parameters. */
export const below = (prefix: string): ((url: string) => string) => {
  const segments = new RegExp(`^(/[^/?#]*){${prefix.split("/").length - 1}}`);
  return (url) => url.replace(segments, "");
};
