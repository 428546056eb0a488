import { byteLength } from "./bounded.js";
import { processUptime } from "./clock.js";
import { healthJson } from "./formats/health-json.js";
import { json } from "./formats/json.js";
import type { Template } from "./formats/template.js";
import { text } from "./formats/text.js";
import { isHttp2 } from "./header.js";
import type { Inner } from "./inner.js";
import type { Mount } from "./mount.js";
import type { View } from "./report.js";
import type { Details, Format, HeaderSource, HealthResponse } from "./http-types.js";

/** Headers of every answer. */
const always = { "cache-control": "no-store, no-transform", "x-content-type-options": "nosniff" } as const;

const writers = { json, health: healthJson, text } as const;

const contentTypes: Readonly<Record<Format, string>> = {
  json: "application/json; charset=utf-8",
  health: "application/health+json",
  text: "text/plain; charset=utf-8",
};

/** A view in one format, ready to be sent but for the moment's timestamp and uptime. */
export interface Page {
  readonly view: View;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly template: Template;
  /** The answer of the last millisecond in which there was one. */
  sentAt: number;
  sent: HealthResponse | undefined;
}

/** Draws a view. */
export const newPage = (mount: Mount, about: Inner, view: View, format: Format, details: Details): Page => ({
  view,
  status: statusOf(mount, view),
  headers: headersOf(mount, view, format),
  template: writers[format](view, details, about),
  sentAt: NaN,
  sent: undefined,
});

const isLeaving = ({ lifecycle }: View): boolean => lifecycle === "draining" || lifecycle === "closed";

const statusOf = ({ statusCodes }: Mount, { status, scope }: View): number =>
  statusCodes[status === "degraded" && scope !== "ready" && scope !== "all" ? "healthy" : status];

const headersOf = (mount: Mount, view: View, format: Format): Record<string, string> => ({
  "content-type": contentTypes[format],
  ...always,
  vary: "accept",
  ...(mount.envoy && view.status === "degraded" ? { "x-envoy-degraded": "true" } : {}),
  ...(mount.envoy && isLeaving(view) && view.scope !== "live" ? { "x-envoy-immediate-health-check-fail": "true" } : {}),
  ...(isLeaving(view) ? { connection: "close" } : {}),
});

/** The answer at a moment; the same object for as long as the millisecond and the page are the same. */
export const write = (page: Page, wallNow: number, requestHeaders: HeaderSource | undefined): HealthResponse => {
  if (page.sent === undefined || page.sentAt !== wallNow) {
    page.sent = compose(page, wallNow);
    page.sentAt = wallNow;
  }
  return isLeaving(page.view) && isHttp2(requestHeaders) ? withoutConnection(page.sent) : page.sent;
};

const compose = (page: Page, wallNow: number): HealthResponse => {
  const { parts, bytes } = page.template;
  const [head, middle, tail] = parts;
  if (middle === undefined) return response(page.status, sized(page, bytes), head);
  const timestamp = new Date(wallNow).toISOString();
  const uptime = processUptime().toFixed(3);
  // Joined, not added: a sum of strings stays a tree that every write would walk anew.
  const body = [head, timestamp, middle, uptime, tail].join("");
  return response(page.status, sized(page, bytes + timestamp.length + uptime.length), body);
};

/** The page's headers with a length; the last ones, if that is theirs. */
const sized = (page: Page, bytes: number): HealthResponse["headers"] => {
  const length = String(bytes);
  const last = page.sent?.headers;
  return last?.["content-length"] === length ? last : withLength(page.headers, length);
};

const withLength = (headers: Readonly<Record<string, string>>, length: string): HealthResponse["headers"] =>
  Object.freeze({ ...headers, "content-length": length });

const response = (status: number, headers: HealthResponse["headers"], body: string): HealthResponse =>
  Object.freeze({ status, headers, body });

const withoutConnection = ({ status, headers, body }: HealthResponse): HealthResponse => {
  const { connection: _dropped, ...others } = headers;
  return { status, headers: others, body };
};

/** An answer that is no report. */
export const refusal = (status: number, error: string, more: Readonly<Record<string, string>>): HealthResponse => {
  const body = JSON.stringify({ error });
  return response(status, withLength({ "content-type": contentTypes.json, ...always, ...more }, String(byteLength(body))), body);
};
