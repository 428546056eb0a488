import type { Probe, ReportStatus } from "./types.js";

/** How much a mount shows: only the status, each check's status, or everything. */
export type Details = "none" | "summary" | "full";

/** JSON, application/health+json (draft-inadarei-api-health-check-06), or lines of text. */
export type Format = "json" | "health" | "text";

/** Options of every adapter; `Request` is the framework's own request. `undefined` always means the default. */
export interface MountOptions<Request = unknown> {
  /** Where `/health` stands, relative to the router; each probe stands below it. @default "/health" */
  readonly path?: string | undefined;
  /** A probe's own path instead, such as `{ live: "/livez", ready: "/readyz" }`. @default below `path` */
  readonly paths?: Readonly<Partial<Record<Probe, string | undefined>>> | undefined;
  /** How much is shown, or a function that decides it for a request; if that throws, nothing is. @default "summary" */
  readonly details?: Details | ((request: Request) => Details) | undefined;
  /** What an Accept header that names no format gets. @default "json" */
  readonly format?: Format | undefined;
  /** Adds `x-envoy-degraded` and, while draining, `x-envoy-immediate-health-check-fail`. @default false */
  readonly envoy?: boolean | undefined;
  /** Status codes, 200 or 400 to 599; `degraded` applies to ready and `/health` only. @default { healthy: 200, degraded: 200, unhealthy: 503 } */
  readonly statusCodes?: Readonly<Partial<Record<ReportStatus, number | undefined>>> | undefined;
}

/** What a handler reads of a request. */
export interface HealthRequest<Request = unknown> {
  readonly method?: string | undefined;
  /** The request target: a path with a query, or an absolute URL. */
  readonly url?: string | undefined;
  readonly headers?: HeaderSource | undefined;
  /** The path a router took off `url`; one that ends in the mount's `path` counts as that path. */
  readonly mountedAt?: string | undefined;
  /** The framework's own request, for a `details` function. */
  readonly request?: Request | undefined;
}

/** A record of lower-cased names, a `Headers`, or names and values in turn as in Node's `rawHeaders`. */
export type HeaderSource =
  | Readonly<Record<string, string | readonly string[] | undefined>>
  | readonly string[]
  | { get(name: string): string | null };

/** What an adapter writes; header names are lower-cased. */
export interface HealthResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for HEAD. */
  readonly body: string;
  /** The body's UTF-8, where a long answer is given again within its millisecond: cheaper to write than to encode it anew. Not enumerable. */
  readonly bytes?: Uint8Array | undefined;
}

/** `undefined` means: not ours, call the next handler. A promise never rejects. */
export type HealthHandler<Request = unknown> = (
  request: HealthRequest<Request>,
) => HealthResponse | Promise<HealthResponse> | undefined;
