import { oneLine } from "../bounded.js";
import type { View } from "../report.js";
import type { Details } from "../http-types.js";
import type { CheckReport } from "../types.js";
import { template, type Template } from "./template.js";

const marks = { ok: "[+]", warn: "[!]", error: "[-]", pending: "[-]", skipped: "[ ]" } as const;

const words = { ok: "ok", warn: "warn", error: "failed", pending: "pending", skipped: "skipped" } as const;

const line = (name: string, check: CheckReport, details: Details): string => {
  const message = details === "full" && check.message !== undefined ? [oneLine(check.message)] : [];
  const why = check.reason === undefined || check.reason === "failed" ? message : [check.reason, ...message];
  return `${marks[check.status]}${name} ${[words[check.status], ...why].join(": ")}\n`;
};

/** text/plain, a line for the status and one for each check, as Kubernetes' own /readyz?verbose. */
export const text = (view: View, details: Details): Template => {
  const cycle = view.lifecycle === "running" || details === "none" ? "" : ` (${view.lifecycle})`;
  const lines = details === "none" ? [] : Object.entries(view.checks).map(([name, check]) => line(name, check, details));
  return template(`${view.status}${cycle}\n${lines.join("")}`);
};
