import type { Answer } from "./exchange.js";
import { unmet, type Expectations } from "./expectations.js";
import { maskedUrl } from "./plain-text.js";
import { reportOf } from "./read-report.js";
import type { Cause, Report } from "./report.js";
import type { Show } from "./show.js";
import type { ReportStatus } from "./status.js";

/**
 * What one request found: what the report says; `unexpected` for an answer that is none of what was asked for, such as a
 * redirect or another version; `unreachable` without a whole answer; `timeout`.
 */
export type OutcomeStatus = ReportStatus | "unexpected" | "unreachable" | "timeout";

/** What one request found, all of it fit to be shown. */
export interface Outcome {
  readonly status: OutcomeStatus;
  /** Whether that is good enough. */
  readonly passes: boolean;
  /** Why it is no better, in words; beside the causes. */
  readonly message?: string | undefined;
  readonly causes: readonly Cause[];
  readonly statusCode?: number | undefined;
  readonly service?: string | undefined;
  readonly version?: string | undefined;
  readonly lifecycle?: string | undefined;
}

/** What an answer is judged by, and how what it says is shown. */
export interface Judging {
  readonly expectations: Expectations;
  readonly show: Show;
}

/** One that fails. */
export const failed = (status: OutcomeStatus, message: string, statusCode?: number): Outcome => ({
  status,
  passes: false,
  message,
  causes: [],
  statusCode,
});

const isRedirect = ({ statusCode, headers }: Answer): boolean => statusCode >= 300 && statusCode < 400 && headers.location !== undefined;

const redirected = ({ statusCode, headers }: Answer, show: Show): Outcome =>
  failed("unexpected", `redirected (${statusCode}) to ${show(maskedUrl(headers.location ?? ""))}, not followed`, statusCode);

const isSuccess = ({ statusCode }: Answer): boolean => statusCode >= 200 && statusCode < 300;

// Neither the status code nor the report can make the other better.
const statusOf = (answer: Answer, { status = "healthy" }: Report): ReportStatus =>
  isSuccess(answer) || status === "degraded" ? status : "unhealthy";

// What a report says that is unhealthy explains its status code, unless it says nothing.
const messageOf = (answer: Answer, { status, causes, lifecycle = "running" }: Report): string | undefined => {
  if (lifecycle !== "running") return lifecycle;
  const isExplained = status === "unhealthy" && causes.length > 0;
  return isSuccess(answer) || isExplained ? undefined : `status code ${answer.statusCode}`;
};

const judged = (answer: Answer, report: Report, { expectations, show }: Judging): Outcome => {
  const status = statusOf(answer, report);
  const { causes, service, version, lifecycle } = report;
  const told = { causes: status === "healthy" ? [] : causes, statusCode: answer.statusCode, service, version, lifecycle };
  const passes = isSuccess(answer) && (status === "healthy" || (status === "degraded" && !expectations.failsDegraded));
  const other = passes ? unmet(report, { ...expectations, show }) : undefined;
  if (other !== undefined) return { ...told, status: "unexpected", passes: false, message: other };
  return { ...told, status, passes, message: messageOf(answer, report) };
};

/** The encoding of a body that can't be read for it: none was asked for. */
const encodingOf = ({ headers, body }: Answer): string | undefined => {
  const encoding = headers["content-encoding"]?.trim() ?? "";
  return body === "" || /^(?:identity)?$/i.test(encoding) ? undefined : encoding;
};

const unreadable = (answer: Answer, why: string): Outcome =>
  failed("unexpected", `${why} (status code ${answer.statusCode})`, answer.statusCode);

const meant = (answer: Answer, judging: Judging): Outcome => {
  const { statusCode, headers, body } = answer;
  if (isRedirect(answer)) return redirected(answer, judging.show);
  if (body === undefined) return failed("unexpected", "the answer is longer than 1 MiB", statusCode);
  const encoding = encodingOf(answer);
  if (encoding !== undefined && isSuccess(answer))
    return unreadable(answer, `the answer is encoded (${judging.show(encoding, 40)}), which was not asked for`);
  const report = encoding === undefined ? reportOf(headers["content-type"], body) : { causes: [] };
  return report === undefined ? unreadable(answer, "the answer says that it is JSON and is not") : judged(answer, report, judging);
};

/** An outcome whose words are fit to be shown. */
const shownOutcome = (outcome: Outcome, show: Show): Outcome => {
  const fit = (text: string | undefined, most: number): string | undefined => (text === undefined ? undefined : show(text, most));
  const { message, service, version, lifecycle, causes } = outcome;
  return {
    ...outcome,
    message: fit(message, 400),
    service: fit(service, 80),
    version: fit(version, 80),
    lifecycle: fit(lifecycle, 20),
    causes: causes.map(({ name, status, reason, message: why }) => ({
      name: show(name, 80),
      status: fit(status, 20),
      reason: fit(reason, 100),
      message: fit(why, 200),
    })),
  };
};

/** What an answer means. */
export const outcomeOf = (answer: Answer, judging: Judging): Outcome => shownOutcome(meant(answer, judging), judging.show);
