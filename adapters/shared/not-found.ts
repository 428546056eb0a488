import type { HealthResponse } from "probekit";

/** Headers of every answer that is no report. */
export const always = { "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" } as const;

/** A small 404, for a server in which no handler comes after the mount; `error` is ASCII. */
export const notFound = (method: string | undefined, error = "not found"): HealthResponse => {
  const body = JSON.stringify({ error });
  const headers = { "content-type": "application/json; charset=utf-8", ...always, "content-length": String(body.length) };
  return { status: 404, headers, body: method === "HEAD" ? "" : body };
};
