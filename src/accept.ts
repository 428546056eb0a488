import type { Format } from "./http-types.js";

const mediaTypes: Readonly<Record<string, Format>> = {
  "application/json": "json",
  "application/health+json": "health",
  "text/plain": "text",
};

/** More of an Accept header than this is not read. */
const longest = 1024;

interface Range {
  readonly type: string;
  readonly quality: number;
}

const rangeOf = (part: string): Range => {
  const [type = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
  const weight = parameters.find((parameter) => parameter.startsWith("q="));
  const quality = weight === undefined ? 1 : Number(weight.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
};

/**
 * The format that an Accept header names outright, else the mount's own; never a refusal.
 * `text/plain` beside a wildcard of the same weight names nothing: Consul and HTTP clients send it by habit.
 */
export const formatOf = (accept: string | undefined, own: Format): Format => {
  if (accept === undefined || accept === "" || accept === "*/*") return own;
  const ranges = accept.slice(0, longest).split(",").map(rangeOf);
  const anything = ranges.find(({ type }) => type === "*/*")?.quality ?? 0;
  let best = 0;
  let chosen = own;
  for (const { type, quality } of ranges) {
    const format = Object.hasOwn(mediaTypes, type) ? mediaTypes[type] : undefined;
    if (format === undefined || quality <= best || (format === "text" && quality <= anything)) continue;
    best = quality;
    chosen = format;
  }
  return chosen;
};
