import type { Timed } from "./ask.js";
import { coloured } from "./colour.js";
import { cut } from "./plain-text.js";
import { whyOf } from "./why.js";

/** Docker keeps 4 KiB of what a health check prints; a character may take three bytes of it. */
const longest = 1300;

/** An outcome for people: `unhealthy http://127.0.0.1:3000/health/ready 12 ms: redis timeout`. */
export const lineOf = (shown: string, outcome: Timed, hasColours = false): string => {
  const why = whyOf(outcome);
  const rest = `${shown} ${Math.round(outcome.latencyMs)} ms${why === "" ? "" : `: ${why}`}`;
  return `${coloured(outcome.status, outcome.status, hasColours)} ${cut(rest, longest)}`;
};
