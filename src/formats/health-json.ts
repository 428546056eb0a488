import { define } from "../bounded.js";
import type { Inner } from "../inner.js";
import type { View } from "../report.js";
import type { Details } from "../http-types.js";
import type { CheckReport, CheckStatus } from "../types.js";
import { template, type Template } from "./template.js";

const reportWords = { healthy: "pass", degraded: "warn", unhealthy: "fail" } as const;

const checkWords: Readonly<Record<CheckStatus, "pass" | "warn" | "fail">> = {
  ok: "pass",
  skipped: "pass",
  warn: "warn",
  error: "fail",
  pending: "fail",
};

/** A key is `component[:measurement]`: further colons are no part of it. */
const keyOf = (name: string): string => {
  const [component = "", ...measurement] = name.split(":");
  return measurement.length === 0 ? component : `${component}:${measurement.join(".")}`;
};

const output = ({ message, reason }: CheckReport, details: Details): string | undefined =>
  details === "full" ? (message ?? reason) : reason;

const entry = (check: CheckReport, details: Details): object => {
  const status = checkWords[check.status];
  return {
    status,
    observedValue: check.latencyMs,
    observedUnit: check.latencyMs === undefined ? undefined : "ms",
    time: check.checkedAt,
    output: status === "pass" ? undefined : output(check, details),
    reason: check.reason,
    data: details === "full" ? check.data : undefined,
  };
};

const notes = (view: View): string[] => [
  ...(view.lifecycle === "running" ? [] : [`life cycle: ${view.lifecycle}`]),
  ...(view.causes.length === 0 ? [] : [`causes: ${view.causes.join(", ")}`]),
];

/** application/health+json, draft-inadarei-api-health-check-06: pass, warn, fail. */
export const healthJson = (view: View, details: Details, about: Inner): Template => {
  const status = reportWords[view.status];
  if (details === "none") return template(`{"status":"${status}"}`);
  const checks: Record<string, object[]> = {};
  for (const [name, check] of Object.entries(view.checks)) {
    const key = keyOf(name);
    define(checks, key, [...(Object.hasOwn(checks, key) ? (checks[key] ?? []) : []), entry(check, details)]);
  }
  const noted = notes(view);
  return template(
    JSON.stringify({
      status,
      version: about.version,
      releaseId: about.version,
      serviceId: about.service,
      notes: noted.length === 0 ? undefined : noted,
      checks,
    }),
  );
};
