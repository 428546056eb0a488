import type { Mount } from "./mount.js";
import type { Scope } from "./report.js";
import type { Probe } from "./types.js";

/** What a request asks for. */
export interface Target {
  readonly scope: Scope;
  /** One check of the probe alone. */
  readonly check?: string | undefined;
}

/** The targets of every exact path, a trailing slash or none. */
export const exactTargets = <T>(mount: Mount, targets: Readonly<Record<Scope, T>>): ReadonlyMap<string, T> =>
  new Map([...mount.routes].flatMap(([path, scope]): [string, T][] => [[path, targets[scope]], [`${path.replace(/\/$/, "")}/`, targets[scope]]]));

/** At most this many names are excluded. */
const mostExcluded = 32;

const end = (text: string, mark: string, from: number, to: number): number => {
  const at = text.indexOf(mark, from);
  return at >= 0 && at < to ? at : to;
};

const absolute = /^[a-z][a-z\d+.-]*:\/\/[^/?#]*/i;

/** The path and the query of a request target, which may be absolute; neither is decoded. */
export const splitUrl = (url: string): { path: string; query: string } => {
  const from = /^[/?]/.test(url) ? 0 : (absolute.exec(url)?.[0].length ?? url.length);
  const fragment = end(url, "#", from, url.length);
  const mark = end(url, "?", from, fragment);
  return { path: url.slice(from, mark) || "/", query: url.slice(mark + 1, fragment) };
};

const decoded = (text: string): string | undefined => {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
};

const find = (routes: ReadonlyMap<string, Scope>, whole: string): Target | undefined => {
  const path = whole.length > 1 && whole.endsWith("/") ? whole.slice(0, -1) : whole;
  const scope = routes.get(path);
  if (scope !== undefined) return { scope };
  const slash = path.lastIndexOf("/");
  const probe = routes.get(path.slice(0, slash));
  if (probe === undefined || probe === "all" || slash + 1 === path.length) return undefined;
  return { scope: probe as Probe, check: decoded(path.slice(slash + 1)) ?? "" };
};

/** What a path asks for, or `undefined` when it is not the mount's. Exact but for one trailing slash. */
export const routeOf = (mount: Mount, path: string, mountedAt: string | undefined): Target | undefined => {
  if (mountedAt === undefined || mountedAt === "" || !endsInPath(mount, mountedAt)) return find(mount.routes, path);
  return find(mount.routes, path === "/" ? mount.path : mount.path + path) ?? find(mount.ownRoutes, path);
};

const endsInPath = (mount: Mount, mountedAt: string): boolean => mount.path !== "/" && mountedAt.endsWith(mount.path);

/** The names in `?exclude=a&exclude=b`, 32 of them at most; `undefined` when there are none. */
export const excludedNames = (query: string): ReadonlySet<string> | undefined => {
  if (!query.includes("exclude=")) return undefined;
  const names = new Set<string>();
  for (let from = 0; from < query.length && names.size < mostExcluded; ) {
    const to = end(query, "&", from, query.length);
    if (query.startsWith("exclude=", from)) {
      const name = decoded(query.slice(from + 8, to));
      if (name) names.add(name);
    }
    from = to + 1;
  }
  return names.size === 0 ? undefined : names;
};
