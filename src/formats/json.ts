import type { Inner } from "../inner.js";
import type { View } from "../report.js";
import type { Details } from "../http-types.js";
import type { CheckReport } from "../types.js";
import { template, type Template } from "./template.js";

/** What a JSON body at `summary` tells of a check: words of our own, a number and a date, none of which needs an escape. */
const summary = ({ status, reason, latencyMs, checkedAt }: CheckReport): string => {
  const why = reason === undefined ? "" : `,"reason":"${reason}"`;
  return latencyMs === undefined ? `{"status":"${status}"${why}}` : `{"status":"${status}"${why},"latencyMs":${latencyMs},"checkedAt":"${checkedAt}"}`;
};

const member = (key: string, value: string | undefined): string => (value === undefined ? "" : `"${key}":${JSON.stringify(value)},`);

/** application/json, probekit's own: `status` stands first. */
export const json = (view: View, details: Details, about: Inner): Template => {
  const status = `{"status":"${view.status}"`;
  if (details === "none") return template(`${status}}`);
  const probe = view.scope === "all" ? "" : `,"probe":"${view.scope}"`;
  const checks = Object.keys(view.checks).map((name) => {
    const check = view.checks[name] as CheckReport;
    // A name that was accepted holds nothing to escape.
    return `"${name}":${details === "full" ? JSON.stringify(check) : summary(check)}`;
  });
  return template(
    `${status}${probe},"timestamp":"`,
    `",${member("service", about.service)}${member("version", about.version)}"uptime":`,
    `,"lifecycle":"${view.lifecycle}","causes":[${view.causes.map((name) => `"${name}"`).join(",")}],"checks":{${checks.join(",")}}}`,
  );
};
