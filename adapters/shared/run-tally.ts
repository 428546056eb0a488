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

/** Counts a run. */
export const count = (tally: RunTally, { status, reason }: ResultEvent): void => {
  tally.runs[reason === "timeout" ? "timeout" : status] += 1;
  if (status === "ok" || status === "warn") tally.succeededAt = Date.now() / 1000;
};

/** When a check last succeeded, in Unix seconds; `undefined` when it never did, or has not run since it was registered. */
export const lastSuccess = (check: CheckReport, tally: RunTally | undefined): number | undefined => {
  if (check.status === "pending") return undefined;
  // Its last run may have been before anybody counted.
  return check.successes > 0 && check.checkedAt !== undefined ? Date.parse(check.checkedAt) / 1000 : tally?.succeededAt;
};
