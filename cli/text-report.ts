import type { Cause, Report } from "./report.js";
import { statusOf } from "./status.js";

/** `healthy`, or with its life cycle, `unhealthy (draining)`. */
const first = /^([A-Za-z_]{2,20})(?: \((\w+)\))?$/;

/** `[-]redis failed: timeout`, as Kubernetes' /readyz?verbose, and `[!]` for a warning. */
const bad = /^\[[-!]\]([^\s:]+)(?: (\w+))?(?:: (.*))?$/;

/** More lines than these are not looked at. */
const mostLines = 5000;

const causeOf = (line: string): Cause[] => {
  const [, name, status, reason] = bad.exec(line) ?? [];
  return name === undefined ? [] : [{ name, status, reason }];
};

/** What a text tells: its first line where that is a status and nothing else, and the lines of checks that are not well. */
export const textReport = (body: string): Report => {
  const lines = body.split(/\r?\n/, mostLines);
  const [, word, lifecycle] = first.exec(lines[0]?.trim() ?? "") ?? [];
  return { status: statusOf(word), lifecycle, causes: lines.flatMap(causeOf) };
};
