import { plainText } from "./plain-text.js";
import type { Cause, Report } from "./report.js";
import { statusOf } from "./status.js";
import { textReport } from "./text-report.js";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown, most?: number): string | undefined =>
  typeof value === "string" && value !== "" ? plainText(value, most) : undefined;

/** More checks than these are not looked at. */
const mostChecks = 1000;

/** Under their names: probekit's `checks`, the draft's lists of measurements, Spring's `components`, MicroProfile's list. */
const checksOf = ({ checks, components, entries }: Fields): [string, Fields][] => {
  const found = [checks, components, entries].find((value) => typeof value === "object" && value !== null) ?? {};
  if (Array.isArray(found))
    return found
      .slice(0, mostChecks)
      .filter(isFields)
      .map((check) => [String(check["name"]), check]);
  return Object.entries(found)
    .slice(0, mostChecks)
    .flatMap(([name, check]) =>
      [check]
        .flat()
        .filter(isFields)
        .map((one): [string, Fields] => [name, one]),
    );
};

const causeOf = ([name, check]: [string, Fields]): Cause => ({
  name: plainText(name, 80),
  status: textOf(check["status"], 20),
  reason: textOf(check["reason"] ?? check["output"] ?? check["error"], 100),
  message: textOf(check["message"] ?? check["description"]),
});

const isBad = ([, { status }]: [string, Fields]): boolean => ["degraded", "unhealthy"].includes(statusOf(status) ?? "");

/** Those that the report names, else those whose status is bad. */
const causesOf = (fields: Fields): Cause[] => {
  const checks = checksOf(fields);
  const { causes } = fields;
  if (!Array.isArray(causes)) return checks.filter(isBad).map(causeOf);
  const named = new Map(checks);
  return causes.slice(0, mostChecks).map((name) => causeOf([String(name), named.get(String(name)) ?? {}]));
};

const jsonReport = (body: string): Report | undefined => {
  try {
    const fields: unknown = JSON.parse(body);
    if (!isFields(fields)) return { causes: [] };
    const { status, lifecycle, service, serviceId, version, releaseId } = fields;
    return {
      status: statusOf(status),
      lifecycle: textOf(lifecycle, 20),
      service: textOf(service ?? serviceId, 80),
      version: textOf(releaseId ?? version, 80),
      causes: causesOf(fields),
    };
  } catch {
    return undefined;
  }
};

/**
 * What a body tells, by its content type; nothing where it is neither JSON nor text, or empty.
 * @returns `undefined` for JSON that can't be read: half of it, or none
 */
export const reportOf = (contentType: string | undefined, body: string): Report | undefined => {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (body.trim() === "") return { causes: [] };
  if (/^application\/(?:[\w.-]+\+)?json$/.test(type)) return jsonReport(body);
  return type === "text/plain" ? textReport(body) : { causes: [] };
};
