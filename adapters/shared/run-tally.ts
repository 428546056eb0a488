import type { CheckReport, CheckStatus, Lifecycle, Probe, ReportStatus, ResultEvent } from "probekit";

/** What may become of a run; a timeout is told apart from an error of the check's own. */
export const outcomes = ["ok", "warn", "error", "timeout", "skipped"] as const;

export type Outcome = (typeof outcomes)[number];

export const checkStatuses: readonly CheckStatus[] = ["ok", "warn", "error", "pending", "skipped"];
export const reportStatuses: readonly ReportStatus[] = ["healthy", "degraded", "unhealthy"];
export const lifecycles: readonly Lifecycle[] = ["starting", "running", "draining", "closed"];
export const probes: readonly Probe[] = ["live", "ready", "startup"];

/** Upper bounds of a run's duration, in seconds: from what an idle connection answers in to what only a background check may take. */
export const durationBounds: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** A check's runs so far. */
export interface RunTally {
  readonly runs: Record<Outcome, number>;
  /** When the last run succeeded, in Unix seconds. */
  succeededAt: number | undefined;
}

/** No runs yet. */
export const newTally = (): RunTally => ({ runs: { ok: 0, warn: 0, error: 0, timeout: 0, skipped: 0 }, succeededAt: undefined });

/** Counts a run that has just ended; `now` tells the time in Unix seconds. */
export const count = (tally: RunTally, { status, reason }: ResultEvent, now: () => number): void => {
  tally.runs[reason === "timeout" ? "timeout" : status] += 1;
  if (status === "ok" || status === "warn") tally.succeededAt = now();
};

/** Forgets how many runs there were, and not when the last one succeeded. */
export const clearRuns = ({ runs }: RunTally): void => {
  for (const outcome of outcomes) runs[outcome] = 0;
};

/** When a check last succeeded, in Unix seconds; `undefined` when it never did, or has not run since it was registered. */
export const lastSuccess = (check: CheckReport, tally: RunTally): number | undefined => {
  if (check.status === "pending") return undefined;
  // Its last run may have been before anybody counted.
  return check.successes > 0 && check.checkedAt !== undefined ? Date.parse(check.checkedAt) / 1000 : tally.succeededAt;
};
