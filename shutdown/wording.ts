import type { Open } from "./closing.js";

/** Names beyond these are counted. */
const mostNames = 5;

const others = ["WebSocket", "upgraded connection", "connection"] as const;

/** What is in use, in words: `2 requests in flight (GET /slow)`, `1 WebSocket`, `3 upgraded connections`. */
export const inUse = (open: readonly Open[]): readonly string[] => {
  const things = [...new Map(open.map((each) => [each.of, each])).values()];
  const of = (what: Open["what"]): readonly Open[] => things.filter((each) => each.what === what);
  const requests = of("request");
  return [
    ...counted(requests.length, "request").map((text) => `${text} in flight${names(requests)}`),
    ...others.flatMap((what) => counted(of(what).length, what)),
  ];
};

const counted = (count: number, noun: string): readonly string[] => (count === 0 ? [] : [`${count} ${noun}${count === 1 ? "" : "s"}`]);

const names = (requests: readonly Open[]): string => {
  const all = [...new Set(requests.flatMap(({ name }) => name ?? []))];
  const more = all.length > mostNames ? `, and ${all.length - mostNames} more` : "";
  return all.length === 0 ? "" : ` (${all.slice(0, mostNames).join(", ")}${more})`;
};

/** Milliseconds as a person reads them. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
