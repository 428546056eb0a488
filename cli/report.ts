import type { ReportStatus } from "./status.js";

/** A check that made a report worse than healthy. */
export interface Cause {
  readonly name: string;
  /** In the report's own word: error, DOWN, fail. */
  readonly status?: string | undefined;
  /** Why, as far as the report says it. */
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
}

/** What the body of an answer tells, in its own words: not yet fit to be shown. */
export interface Report {
  readonly status?: ReportStatus | undefined;
  readonly lifecycle?: string | undefined;
  readonly service?: string | undefined;
  readonly version?: string | undefined;
  readonly causes: readonly Cause[];
}
