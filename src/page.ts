import { byteLength, encoded } from "./bounded.js";
import { processUptime } from "./clock.js";
import { healthJson } from "./formats/health-json.js";
import { json } from "./formats/json.js";
import type { Template } from "./formats/template.js";
import { text } from "./formats/text.js";
import { isHttp2 } from "./header.js";
import type { Inner } from "./inner.js";
import { iso } from "./iso.js";
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
  readonly contentType: string;
  /** Headers beside those of every report. */
  readonly more: Readonly<Record<string, string>> | undefined;
  readonly template: Template;
  /** The answer of the last millisecond in which there was one. */
  sentAt: number;
  sent: HealthResponse | undefined;
}

/** Draws a view. */
export const newPage = (mount: Mount, about: Inner, view: View, format: Format, details: Details): Page => ({
  view,
  status: statusOf(mount, view),
  contentType: contentTypes[format],
  more: headersOf(mount, view),
  template: writers[format](view, details, about),
  sentAt: NaN,
  sent: undefined,
});

const isLeaving = ({ lifecycle }: View): boolean => lifecycle === "draining" || lifecycle === "closed";

const statusOf = ({ statusCodes }: Mount, { status, scope }: View): number =>
  statusCodes[status === "degraded" && scope !== "ready" && scope !== "all" ? "healthy" : status];

/** Headers that a few pages have beside those of all. */
const headersOf = ({ envoy }: Mount, view: View): Readonly<Record<string, string>> | undefined => {
  const leaving = isLeaving(view);
  if (!leaving && !(envoy && view.status === "degraded")) return undefined;
  return {
    ...(envoy && view.status === "degraded" ? { "x-envoy-degraded": "true" } : {}),
    ...(envoy && leaving && view.scope !== "live" ? { "x-envoy-immediate-health-check-fail": "true" } : {}),
    ...(leaving ? { connection: "close" } : {}),
  };
};

/** From so many characters on, bytes are cheaper to write than a text that is encoded each time. */
const long = 2048;

/** The answer at a moment; the same object for as long as the millisecond and the page are the same. */
export const write = (page: Page, wallNow: number, requestHeaders: HeaderSource | undefined): HealthResponse => {
  if (page.sent === undefined || page.sentAt !== wallNow) {
    page.sent = compose(page, wallNow);
    page.sentAt = wallNow;
  } else if (page.sent.body.length >= long && page.sent.bytes === undefined) {
    page.sent = withBytes(page.sent);
  }
  return isLeaving(page.view) && isHttp2(requestHeaders) ? withoutConnection(page.sent) : page.sent;
};

const compose = (page: Page, wallNow: number): HealthResponse => {
  const { parts, bytes } = page.template;
  const [head, middle, tail] = parts;
  if (middle === undefined) return response(page.status, sized(page, bytes), head);
  const timestamp = iso(wallNow);
  const uptime = processUptime().toFixed(3);
  // Joined, not added: a sum of strings stays a tree that every write would walk anew.
  const body = [head, timestamp, middle, uptime, tail].join("");
  return response(page.status, sized(page, bytes + timestamp.length + uptime.length), body);
};

/** The page's headers with a length; the last ones, if that is theirs. */
const sized = (page: Page, bytes: number): HealthResponse["headers"] => {
  const length = String(bytes);
  const last = page.sent?.headers;
  return last?.["content-length"] === length ? last : complete(page, length);
};

// One literal: an object that is spread into another costs more than the rest of the answer.
const complete = ({ contentType, more }: Page, length: string): HealthResponse["headers"] => {
  const headers = {
    "content-type": contentType,
    "cache-control": always["cache-control"],
    "x-content-type-options": always["x-content-type-options"],
    vary: "accept",
    "content-length": length,
  };
  return Object.freeze(more === undefined ? headers : { ...headers, ...more });
};

const response = (status: number, headers: HealthResponse["headers"], body: string): HealthResponse =>
  Object.freeze({ status, headers, body });

// Not enumerable: a copy with another body must not carry them along, and an answer reads the same the second time.
const withBytes = (sent: HealthResponse): HealthResponse => Object.freeze(Object.defineProperty({ ...sent }, "bytes", { value: encoded(sent.body) }));

const withoutConnection = (sent: HealthResponse): HealthResponse => {
  const { connection: _dropped, ...headers } = sent.headers;
  return { ...sent, headers };
};

/** An answer that is no report. */
export const refusal = (status: number, error: string, more: Readonly<Record<string, string>>): HealthResponse => {
  const body = JSON.stringify({ error });
  const headers = { "content-type": contentTypes.json, ...always, ...more, "content-length": String(byteLength(body)) };
  return response(status, Object.freeze(headers), body);
};
