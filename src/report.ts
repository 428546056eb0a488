import { define } from "./bounded.js";
import { processUptime } from "./clock.js";
import { defined } from "./defined.js";
import { iso } from "./iso.js";
import type { CheckReport, Lifecycle, Probe, Report, ReportStatus } from "./types.js";

/** What a report is about: one probe, or everything. */
export type Scope = Probe | "all";

/** A report without its moment: it stays the same object for as long as nothing in it changes. */
export interface View {
  readonly status: ReportStatus;
  readonly scope: Scope;
  readonly lifecycle: Lifecycle;
  readonly causes: readonly string[];
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** The checks of a scope as they are drawn, one by one, and what they make of its probe. */
export interface Tally {
  readonly checks: Record<string, CheckReport>;
  status: ReportStatus;
  /** Which checks made it worse than healthy. */
  readonly causes: string[];
}

const severity = { healthy: 0, degraded: 1, unhealthy: 2 } as const;

const worse = (a: ReportStatus, b: ReportStatus): ReportStatus => (severity[b] > severity[a] ? b : a);

/** What one check makes of its probe; a check that has never run counts everywhere but in live. */
const effect = (check: CheckReport, probe: Probe): ReportStatus => {
  if (check.status === "warn") return "degraded";
  if (check.status === "error" || (check.status === "pending" && probe !== "live")) return check.critical ? "unhealthy" : "degraded";
  return "healthy";
};

/** The tally of no check. */
export const newTally = (): Tally => ({ checks: {}, status: "healthy", causes: [] });

/** Adds a check; of a report of everything those of ready decide. */
export const add = (tally: Tally, scope: Scope, { name, check }: { name: string; check: CheckReport }): void => {
  define(tally.checks, name, check);
  if (scope === "all" && !check.probes.includes("ready")) return;
  const made = effect(check, scope === "all" ? "ready" : scope);
  if (made === "healthy") return;
  tally.causes.push(name);
  tally.status = worse(tally.status, made);
};

const frozen = (view: View): View => {
  Object.freeze(view.causes);
  Object.freeze(view.checks);
  return Object.freeze(view);
};

/** The view of a probe, or of everything, which goes by ready; `latched` says whether startup has passed for good. */
export const viewOf = (scope: Scope, tally: Tally, lifecycle: Lifecycle, startup: { latched: boolean; held: boolean }): View => {
  const { checks, causes, status } = tally;
  if (scope === "startup" && startup.latched) return frozen({ status: "healthy", scope, lifecycle, causes: [], checks });
  const heldBack = scope === "startup" ? startup.held : scope !== "live" && lifecycle !== "running";
  return frozen({ status: heldBack ? "unhealthy" : status, scope, lifecycle, causes, checks });
};

/** The view of one check alone: neither `critical` nor the life cycle counts. */
export const singleView = (probe: Probe, { name, check }: { name: string; check: CheckReport }, lifecycle: Lifecycle): View => {
  const failed = check.status === "error" || check.status === "pending";
  const status = failed ? "unhealthy" : check.status === "warn" ? "degraded" : "healthy";
  const checks: Record<string, CheckReport> = {};
  define(checks, name, check);
  return frozen({ status, scope: probe, lifecycle, causes: status === "healthy" ? [] : [name], checks });
};

/** A view at a moment. */
export const reportOf = (view: View, about: { service?: string | undefined; version?: string | undefined }, wallNow: number): Report =>
  defined({
    status: view.status,
    probe: view.scope === "all" ? undefined : view.scope,
    timestamp: iso(wallNow),
    service: about.service,
    version: about.version,
    uptime: processUptime(),
    lifecycle: view.lifecycle,
    causes: view.causes,
    checks: view.checks,
  });
