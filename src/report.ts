import { define } from "./bounded.js";
import { processUptime } from "./clock.js";
import { defined } from "./defined.js";
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

/** A check's name and what is shown of it. */
export type Entry = readonly [name: string, check: CheckReport];

const severity = { healthy: 0, degraded: 1, unhealthy: 2 } as const;

const worse = (a: ReportStatus, b: ReportStatus): ReportStatus => (severity[b] > severity[a] ? b : a);

/** What one check makes of its probe; a check that has never run counts everywhere but in live. */
const effect = (check: CheckReport, probe: Probe): ReportStatus => {
  if (check.status === "warn") return "degraded";
  if (check.status === "error" || (check.status === "pending" && probe !== "live")) return check.critical ? "unhealthy" : "degraded";
  return "healthy";
};

/** The worst that the checks make of a probe, and which of them made it worse than healthy. */
export const aggregate = (entries: readonly Entry[], probe: Probe): { status: ReportStatus; causes: string[] } => {
  let status: ReportStatus = "healthy";
  const causes: string[] = [];
  for (const [name, check] of entries) {
    const made = effect(check, probe);
    if (made === "healthy") continue;
    causes.push(name);
    status = worse(status, made);
  }
  return { status, causes };
};

const record = (entries: readonly Entry[]): Record<string, CheckReport> => {
  const checks: Record<string, CheckReport> = {};
  for (const [name, check] of entries) define(checks, name, check);
  return Object.freeze(checks);
};

const frozen = (view: View): View => {
  Object.freeze(view.causes);
  return Object.freeze(view);
};

/** The view of a probe, or of everything, which goes by ready; `latched` says whether startup has passed for good. */
export const viewOf = (scope: Scope, entries: readonly Entry[], lifecycle: Lifecycle, startup: { latched: boolean; held: boolean }): View => {
  const checks = record(entries);
  if (scope === "startup" && startup.latched) return frozen({ status: "healthy", scope, lifecycle, causes: [], checks });
  const probe = scope === "all" ? "ready" : scope;
  const decisive = scope === "all" ? entries.filter(([, check]) => check.probes.includes("ready")) : entries;
  const { status, causes } = aggregate(decisive, probe);
  const heldBack = probe === "ready" ? lifecycle !== "running" : probe === "startup" && startup.held;
  return frozen({ status: heldBack ? "unhealthy" : status, scope, lifecycle, causes, checks });
};

/** The view of one check alone: neither `critical` nor the life cycle counts. */
export const singleView = (probe: Probe, entry: Entry, lifecycle: Lifecycle): View => {
  const [name, check] = entry;
  const failed = check.status === "error" || check.status === "pending";
  const status = failed ? "unhealthy" : check.status === "warn" ? "degraded" : "healthy";
  return frozen({ status, scope: probe, lifecycle, causes: status === "healthy" ? [] : [name], checks: record([entry]) });
};

/** A view at a moment. */
export const reportOf = (view: View, about: { service?: string | undefined; version?: string | undefined }, wallNow: number): Report =>
  defined({
    status: view.status,
    probe: view.scope === "all" ? undefined : view.scope,
    timestamp: new Date(wallNow).toISOString(),
    service: about.service,
    version: about.version,
    uptime: processUptime(),
    lifecycle: view.lifecycle,
    causes: view.causes,
    checks: view.checks,
  });
