import { formatOf } from "./accept.js";
import { shown } from "./errors.js";
import { header, isHttp2 } from "./header.js";
import { innerOf, type Inner } from "./inner.js";
import { detailLevels, mountOf, type Mount } from "./mount.js";
import { newPage, refusal, write, type Page } from "./page.js";
import type { Scope, View } from "./report.js";
import { exactTargets, excludedNames, routeOf, splitUrl, type Target } from "./route.js";
import type { Details, Format, HealthHandler, HealthRequest, HealthResponse, MountOptions } from "./http-types.js";
import type { Health, Probe } from "./types.js";

const allow = "GET, HEAD, OPTIONS";

/** The pages drawn last of one report. */
type Pages = { [D in Details]: { [F in Format]?: Page } };

/** A target whose pages are kept; one check alone is drawn anew each time. */
interface Kept extends Target {
  readonly pages?: Pages;
}

/** What one mount needs to answer: its options, its health, and its paths. */
interface Site {
  readonly mount: Mount;
  readonly health: Inner;
  /** A look-up for the usual request: the targets of every exact path, a trailing slash or none. */
  readonly exact: ReadonlyMap<string, Kept>;
  /** What was looked up last: probes ask for the same again and again, and to compare costs less than to look up. */
  last: { readonly url: string; readonly target: Kept | undefined };
  readonly reports: Readonly<Record<Scope, Kept>>;
  /** Whether the log knows that the `details` function fails. */
  faulty: boolean;
}

const report = (scope: Scope): Kept => ({ scope, check: undefined, pages: { none: {}, summary: {}, full: {} } });

/**
 * Answers requests for a health: what every adapter is built on. The handler answers synchronously whenever
 * nothing is due; it never throws, its promise never rejects, whatever method, URL and header values it is given.
 * `undefined` means: not ours.
 * @throws HealthError naming the mount option and the value that is not valid
 */
export const createHandler = <Request = unknown>(health: Health, options?: MountOptions<Request>): HealthHandler<Request> => {
  const mount = mountOf(options);
  const reports = { all: report("all"), live: report("live"), ready: report("ready"), startup: report("startup") };
  const site: Site = { mount, health: innerOf(health), reports, exact: exactTargets(mount, reports), last: { url: "", target: undefined }, faulty: false };
  return (request) => answer(site, request);
};

const answer = (site: Site, request: HealthRequest): ReturnType<HealthHandler> => {
  const url = request.url ?? "/";
  const usual = request.mountedAt ? undefined : exactly(site, url);
  return usual === undefined ? elsewhere(site, request, splitUrl(url)) : at(site, request, usual, "");
};

const exactly = (site: Site, url: string): Kept | undefined => {
  if (url === site.last.url) return site.last.target;
  const target = site.exact.get(url);
  if (target !== undefined) site.last = { url, target };
  return target;
};

const elsewhere = (site: Site, request: HealthRequest, { path, query }: { path: string; query: string }): ReturnType<HealthHandler> => {
  const target = routeOf(site.mount, path, request.mountedAt);
  if (target === undefined) return undefined;
  return at(site, request, target.check === undefined ? site.reports[target.scope] : target, query);
};

const at = (site: Site, request: HealthRequest, target: Kept, query: string): ReturnType<HealthHandler> => {
  const method = request.method ?? "GET";
  return method === "GET" ? got(site, request, target, query) : otherwise(site, request, target, query, method);
};

const otherwise = (site: Site, request: HealthRequest, target: Kept, query: string, method: string): ReturnType<HealthHandler> => {
  if (method === "OPTIONS" && header(request.headers, "access-control-request-method") !== undefined) return undefined;
  if (method !== "HEAD" && method !== "OPTIONS") return refuse(site, request, 405, "method not allowed", { allow });
  const found = got(site, request, target, query);
  return found instanceof Promise ? found.then((response) => forMethod(response, method)) : forMethod(found, method);
};

const got = (site: Site, request: HealthRequest, target: Kept, query: string): HealthResponse | Promise<HealthResponse> => {
  const details = detailsFor(site, request.request);
  const view = look(site.health, target, details === "none" ? "" : query, details);
  if (view instanceof Promise) return view.then((seen) => respond(site, target, details, request, seen));
  return respond(site, target, details, request, view);
};

const look = (health: Inner, { scope, check }: Target, query: string, details: Details): View | Promise<View> | undefined => {
  const exclude = query === "" ? undefined : excludedNames(query);
  if (check === undefined) return health.evaluate(scope, exclude);
  return details === "none" ? undefined : health.evaluateOne(scope as Probe, check, exclude);
};

const detailsFor = (site: Site, request: unknown): Details => {
  const { details } = site.mount;
  if (typeof details === "string") return details;
  try {
    const chosen = details(request);
    if (detailLevels.includes(chosen as Details)) return chosen as Details;
    // A promise comes too late to decide, but its rejection must not be unhandled.
    Promise.resolve(chosen).catch(() => {});
    return nothing(site, `must return "none", "summary" or "full" at once; got ${shown(chosen)}`);
  } catch (error) {
    return nothing(site, "threw", error);
  }
};

/** What a `details` function that fails makes visible; the log hears of its first failure. */
const nothing = (site: Site, what: string, error?: unknown): Details => {
  if (!site.faulty) site.health.problem(`a mount's details function ${what}: nothing is shown`, error);
  site.faulty = true;
  return "none";
};

const respond = (site: Site, { pages }: Kept, details: Details, request: HealthRequest, view: View | undefined): HealthResponse => {
  if (view === undefined) return refuse(site, request, 404, "no such check", {});
  const format = formatOf(header(request.headers, "accept", "Accept"), site.mount.format);
  const page = pageFor(site, pages?.[details], format, details, view);
  return write(page, site.health.wallNow(), request.headers);
};

const refuse = ({ health }: Site, request: HealthRequest, status: number, error: string, more: Record<string, string>): HealthResponse =>
  refusal(status, error, health.isLeaving() && !isHttp2(request.headers) ? { ...more, connection: "close" } : more);

/** The page for a view: the last one drawn of its kind, if that shows the same view. */
const pageFor = (site: Site, drawn: Pages[Details] | undefined, format: Format, details: Details, view: View): Page => {
  const last = drawn?.[format];
  if (last?.view === view) return last;
  const page = newPage(site.mount, site.health, view, format, details);
  if (drawn) drawn[format] = page;
  return page;
};

const forMethod = (response: HealthResponse, method: "HEAD" | "OPTIONS"): HealthResponse =>
  method === "HEAD" ? { ...response, body: "" } : { ...response, headers: { ...response.headers, allow } };
