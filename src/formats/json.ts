import type { Inner } from "../inner.js";
import type { View } from "../report.js";
import type { Details } from "../http-types.js";
import type { CheckReport } from "../types.js";
import { template, type Template } from "./template.js";

/** What a JSON body at `summary` tells of a check. */
const summary = ({ status, reason, latencyMs, checkedAt }: CheckReport): object => ({ status, reason, latencyMs, checkedAt });

const member = (key: string, value: string | undefined): string => (value === undefined ? "" : `"${key}":${JSON.stringify(value)},`);

/** application/json, probekit's own: `status` stands first. */
export const json = (view: View, details: Details, about: Inner): Template => {
  const status = `{"status":"${view.status}"`;
  if (details === "none") return template(`${status}}`);
  const probe = view.scope === "all" ? "" : `,"probe":"${view.scope}"`;
  const checks = Object.entries(view.checks).map(
    ([name, check]) => `${JSON.stringify(name)}:${JSON.stringify(details === "full" ? check : summary(check))}`,
  );
  return template(
    `${status}${probe},"timestamp":"`,
    `",${member("service", about.service)}${member("version", about.version)}"uptime":`,
    `,"lifecycle":"${view.lifecycle}","causes":${JSON.stringify(view.causes)},"checks":{${checks.join(",")}}}`,
  );
};
