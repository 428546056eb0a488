import type { HealthResponse } from "probekit";

const body = '{"error":"not found"}';

/** Headers of every answer that is no report. */
export const always = { "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" } as const;

const headers = { "content-type": "application/json; charset=utf-8", ...always, "content-length": String(body.length) };

/** A small 404, for a server in which no handler comes after the mount. */
export const notFound = (method: string | undefined): HealthResponse => ({ status: 404, headers, body: method === "HEAD" ? "" : body });
