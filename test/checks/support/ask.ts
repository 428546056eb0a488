import { createHealth, type Check, type CheckOptions, type CheckReport, type Health } from "probekit";
import { settle } from "../../support/fake-clock.js";

/** A health that holds one check and reuses no result, so that each report is a run; patient, for a busy machine. */
export const healthOf = (check: Check, options: CheckOptions = {}): Health => {
  const health = createHealth({ logger: false, deadlineMs: 5000 });
  health.register("dependency", check, { cacheMs: 0, errorCacheMs: 0, timeoutMs: 3000, ...options });
  return health;
};

/** What one more run says, by way of a whole report. */
export const runAtOnce = async (health: Health): Promise<CheckReport> => {
  const report = await health.report("ready");
  return report.checks["dependency"]!;
};

/** The same after a turn of the event loop, in which a run that was aborted has settled. */
export const run = async (health: Health): Promise<CheckReport> => {
  await settle();
  return runAtOnce(health);
};
