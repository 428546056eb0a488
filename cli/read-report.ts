import type { Cause, Report } from "./report.js";
import { statusOf } from "./status.js";
import { textReport } from "./text-report.js";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);

const textOf = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** Of what is no text no text is made: its own `toString` may be anything, and its depth any. */
const nameOf = (value: unknown): string => (typeof value === "number" ? String(value) : (textOf(value) ?? "unnamed"));

const isJsonType = /^(?:application\/(?:[\w.-]+\+)?|text\/)json$/;

/** More checks than these are not looked at. */
const mostChecks = 1000;

/** Under their names: probekit's `checks`, the draft's lists of measurements, Spring's `components`, MicroProfile's list. */
const checksOf = ({ checks, components, entries }: Fields): [string, Fields][] => {
  const found = [checks, components, entries].find((value) => typeof value === "object" && value !== null) ?? {};
  if (Array.isArray(found))
    return found
      .slice(0, mostChecks)
      .filter(isFields)
      .map((check) => [nameOf(check["name"]), check]);
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
  name,
  status: textOf(check["status"]),
  reason: textOf(check["reason"] ?? check["output"] ?? check["error"]),
  message: textOf(check["message"] ?? check["description"]),
});

const isBad = ([, { status }]: [string, Fields]): boolean => ["degraded", "unhealthy"].includes(statusOf(status) ?? "");

/** Those that the report names, else those whose status is bad. */
const causesOf = (fields: Fields): Cause[] => {
  const checks = checksOf(fields);
  const { causes } = fields;
  if (!Array.isArray(causes)) return checks.filter(isBad).map(causeOf);
  const named = new Map(checks);
  return causes.slice(0, mostChecks).map(nameOf).map((name) => causeOf([name, named.get(name) ?? {}]));
};

const jsonReport = (body: string): Report | undefined => {
  try {
    const fields: unknown = JSON.parse(body);
    if (!isFields(fields)) return { causes: [] };
    const { status, lifecycle, service, serviceId, version, releaseId } = fields;
    return {
      status: statusOf(status),
      lifecycle: textOf(lifecycle),
      service: textOf(service ?? serviceId),
      version: textOf(releaseId ?? version),
      causes: causesOf(fields),
    };
  } catch {
    return undefined;
  }
};

/**
 * What a body tells, in the server's own words: nothing where it is neither JSON nor text, or empty. What begins as an object
 * of JSON is read as one, whatever its type is: many services forget to name it.
 * @returns `undefined` for what says that it is JSON and can't be read: half of it, or none
 */
export const reportOf = (contentType: string | undefined, body: string): Report | undefined => {
  const type = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  // A byte order mark counts as white space.
  const text = body.trim();
  if (text === "") return { causes: [] };
  const report = isJsonType.test(type) || text.startsWith("{") ? jsonReport(text) : undefined;
  if (report !== undefined || isJsonType.test(type)) return report;
  return type === "" || type === "text/plain" ? textReport(text) : { causes: [] };
};
