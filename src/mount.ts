import { defined } from "./defined.js";
import { HealthError, shown } from "./errors.js";
import { probes } from "./options.js";
import type { Scope } from "./report.js";
import type { Details, Format, MountOptions } from "./http-types.js";
import type { Probe, ReportStatus } from "./types.js";
import { ofType, oneOf, optionsObject, refuse } from "./validate.js";

/** Mount options with every default in place. */
export interface Mount {
  readonly path: string;
  /** Which report each exact path asks for; without a trailing slash, but for the root. */
  readonly routes: ReadonlyMap<string, Scope>;
  /** Those of the routes that `paths` names: they are not below `path`. */
  readonly ownRoutes: ReadonlyMap<string, Scope>;
  readonly details: Details | ((request: unknown) => unknown);
  readonly format: Format;
  readonly envoy: boolean;
  readonly statusCodes: Readonly<Record<ReportStatus, number>>;
}

/** Every level of details, the least first. */
export const detailLevels: readonly Details[] = ["none", "summary", "full"];

/** Every format, the default first. */
export const formats: readonly Format[] = ["json", "health", "text"];

const pathPattern = /^\/(?:[!"$&-)+->@-~]|%[\dA-Fa-f]{2})*$/;

const pathOf = (option: string, given: unknown, fallback: string): string => {
  if (given === undefined) return fallback;
  if (typeof given !== "string" || !pathPattern.test(given)) {
    return refuse(option, "a path as it is requested: it begins with a slash, is percent-encoded and has no query, fragment or *", given);
  }
  return given.length > 1 && given.endsWith("/") ? given.slice(0, -1) : given;
};

const statuses: readonly ReportStatus[] = ["healthy", "degraded", "unhealthy"];

const statusCodesOf = (given: unknown): Record<ReportStatus, number> => {
  const codes: Record<ReportStatus, number> = { healthy: 200, degraded: 200, unhealthy: 503 };
  const wanted = optionsObject<Record<ReportStatus, unknown>>("statusCodes", given, statuses);
  for (const status of statuses) {
    const code = wanted[status];
    if (code === undefined) continue;
    const valid = Number.isInteger(code) && (code === 200 || ((code as number) >= 400 && (code as number) <= 599));
    codes[status] = valid ? (code as number) : refuse(`statusCodes.${status}`, "200 or 400 to 599", code);
  }
  return codes;
};

const below = (path: string, probe: Probe): string => `${path === "/" ? "" : path}/${probe}`;

const routesOf = (path: string, given: unknown): Pick<Mount, "routes" | "ownRoutes"> => {
  const wanted = optionsObject<Record<Probe, unknown>>("paths", given, probes);
  const routes = new Map<string, Scope>([[path, "all"]]);
  const ownRoutes = new Map<string, Scope>();
  for (const probe of probes) {
    const route = pathOf(`paths.${probe}`, wanted[probe], below(path, probe));
    if (routes.has(route)) {
      throw new HealthError("invalid-option", `the path of ${probe} (paths.${probe}, or below path) must differ from every other one; got ${shown(route)} twice`);
    }
    routes.set(route, probe);
    if (wanted[probe] !== undefined) ownRoutes.set(route, probe);
  }
  return { routes, ownRoutes };
};

const known = ["path", "paths", "details", "format", "envoy", "statusCodes"];

const stem = (option: string): string => option.toLowerCase().replace(/s$/, "");

/** Frameworks hand over options of their own, but `detail` or `statusCode` is a slip that would show too much. */
const refuseSlips = (options: object): void => {
  for (const key of Object.keys(defined(options))) {
    const meant = known.includes(key) ? undefined : known.find((option) => stem(option) === stem(key));
    if (meant !== undefined) throw new HealthError("unknown-option", `a mount has no option ${shown(key)}; did you mean ${shown(meant)}?`);
  }
};

/** @throws HealthError for any option that is not valid or nearly one; others that it does not know are the framework's own */
export const mountOf = <Request>(given: MountOptions<Request> | undefined): Mount => {
  const options = optionsObject<MountOptions<Request>>("a mount", given);
  refuseSlips(options);
  const path = pathOf("path", options.path, "/health");
  return {
    path,
    ...routesOf(path, options.paths),
    details:
      typeof options.details === "function"
        ? (options.details as (request: unknown) => unknown)
        : oneOf<Details>("details", options.details, detailLevels, "summary"),
    format: oneOf("format", options.format, formats, "json"),
    envoy: ofType<boolean, boolean>("envoy", options.envoy, "boolean", false),
    statusCodes: statusCodesOf(options.statusCodes),
  };
};
