import type { Timed } from "./ask.js";
import type { Cause } from "./report.js";

/** Docker keeps 4 KiB of what a health check prints. */
const mostBytes = 4000;

const withCauses = (fields: object, causes: readonly Cause[], kept: number): string =>
  JSON.stringify({ ...fields, causes: causes.slice(0, kept), ...(kept < causes.length && { causesLeftOut: causes.length - kept }) });

/** An outcome for programs: one line of JSON of at most 4 KiB; causes that have no room are counted. */
export const jsonLineOf = (shown: string, outcome: Timed, more: object = {}): string => {
  const { status, passes, statusCode, latencyMs, service, version, lifecycle, message, causes } = outcome;
  const told = { status, passes, url: shown, statusCode, latencyMs: Math.round(latencyMs * 10) / 10, service, version, lifecycle, message };
  let kept = Math.min(causes.length, 50);
  while (kept > 0 && Buffer.byteLength(withCauses({ ...more, ...told }, causes, kept)) > mostBytes) kept -= 1;
  return withCauses({ ...more, ...told }, causes, kept);
};
