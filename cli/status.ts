/** What a report may say. */
export type ReportStatus = "healthy" | "degraded" | "unhealthy";

const words: Readonly<Record<ReportStatus, readonly string[]>> = {
  healthy: ["healthy", "pass", "ok", "up", "green"],
  degraded: ["degraded", "warn", "warning", "yellow"],
  unhealthy: ["unhealthy", "fail", "failed", "error", "down", "out_of_service", "pending", "red"],
};

const meanings: ReadonlyMap<string, ReportStatus> = new Map(
  (["healthy", "degraded", "unhealthy"] as const).flatMap((status) => words[status].map((word) => [word, status] as const)),
);

/**
 * What a word of a report means, upper-cased or not: probekit's own, those of draft-inadarei-api-health-check-06 (pass, warn,
 * fail), Spring's and MicroProfile's (UP, DOWN, OUT_OF_SERVICE), ASP.NET's (Healthy), Elasticsearch's (green).
 * `undefined` for any other.
 */
export const statusOf = (word: unknown): ReportStatus | undefined =>
  typeof word === "string" && word.length <= 20 ? meanings.get(word.toLowerCase()) : undefined;
