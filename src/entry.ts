import { isStale, isUnderWay, staleness, type CheckState } from "./check-state.js";
import { iso } from "./iso.js";
import type { Attempt } from "./run-check.js";
import { failures, successes } from "./thresholds.js";
import type { CheckReport, CheckStatus, Reason } from "./types.js";

const rounded = (ms: number): number => Math.round(ms * 1000) / 1000;

/** The status and reason to show at a moment; `late`: a report's deadline has passed. */
const standingAt = (state: CheckState, now: number, late: Late | undefined): { status: CheckStatus; reason?: Reason | undefined } => {
  const { attempt, settings, standing } = state;
  if (attempt === undefined) return standing;
  if (late && !state.stopped && settings.intervalMs === undefined && isUnderWay(state) && now - attempt.finishedAt >= settings.cacheMs + late.deadlineMs) {
    return { status: "pending", reason: "not-run" };
  }
  return isStale(state, now) ? { status: "error", reason: "stale" } : standing;
};

/** A report's deadline has passed: a result that is being renewed is shown only while younger than `cacheMs` + this. */
export interface Late {
  readonly deadlineMs: number;
}

/** The check as a report lists it. */
export const entryOf = (state: CheckState, now: number, late?: Late): CheckReport => {
  const { attempt } = state;
  const { status, reason } = standingAt(state, now, late);
  const seen = status === "pending" || status === "skipped" ? undefined : attempt;
  if (seen !== undefined && reason === undefined && seen.message === undefined && seen.data === undefined) return plainEntry(state, status, seen);
  const entry: Drawn = { status };
  if (reason !== undefined) entry.reason = reason;
  if (seen !== undefined) {
    entry.latencyMs = rounded(seen.latencyMs);
    entry.checkedAt = iso(seen.checkedAt);
    // What it said when it last said something is not why it is an error now.
    if (reason === "stale") entry.message = staleness(state);
    else if (seen.message !== undefined) entry.message = seen.message;
    if (seen.data !== undefined && reason !== "stale") entry.data = seen.data;
  }
  return withRole(entry, state);
};

// Nearly all entries are of this shape; made in one go, it costs a third of one that is put together key by key.
const plainEntry = ({ settings, standing, abandoned, since }: CheckState, status: CheckStatus, { latencyMs, checkedAt }: Attempt): CheckReport =>
  Object.freeze({
    status,
    latencyMs: rounded(latencyMs),
    checkedAt: iso(checkedAt),
    critical: settings.critical,
    probes: settings.probes,
    background: settings.intervalMs !== undefined,
    failures: failures(standing),
    successes: successes(standing),
    abandoned,
    since,
  });

type Drawn = { -readonly [K in keyof CheckReport]?: CheckReport[K] } & Pick<CheckReport, "status">;

const withRole = (entry: Drawn, { settings, standing, abandoned, since }: CheckState): CheckReport => {
  entry.critical = settings.critical;
  entry.probes = settings.probes;
  entry.background = settings.intervalMs !== undefined;
  entry.failures = failures(standing);
  entry.successes = successes(standing);
  entry.abandoned = abandoned;
  entry.since = since;
  return Object.freeze(entry) as CheckReport;
};

/** The check as a report lists it that leaves it out. */
export const excludedEntry = (state: CheckState): CheckReport => withRole({ status: "skipped", reason: "excluded" }, state);
