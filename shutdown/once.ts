import { endProcess, enter } from "./exit.js";
import { newLimit, type Limit } from "./limit.js";
import { runTimeline, type Cause, type Course } from "./timeline.js";
import type { ShutdownReport } from "./types.js";

/** A shutdown that may begin once. */
export interface Once {
  isUnderway(): boolean;
  /** Begins it, or joins the one that has begun. */
  begin(cause: Cause): Promise<ShutdownReport>;
  /** The exit code is 1, however it ends. */
  fail(): void;
  /** Ends what is under way at once. */
  breakOff(why: string): void;
}

/** How long stdout and stderr are waited for at least, in milliseconds: their reader may be slow. */
const leastFlushMs = 1000;

/** A shutdown that has not begun. `over` is called with its end, where the process goes on. */
export const newOnce = (course: Course, over: () => void): Once => {
  let limit: Limit | undefined;
  let promise: Promise<ShutdownReport> | undefined;
  let hasFailed = false;
  const run = async (cause: Cause, within: Limit): Promise<ShutdownReport> => {
    const leave = enter();
    const report = await runTimeline(course, cause, within);
    course.systemd.end();
    const exitCode = hasFailed ? 1 : report.exitCode;
    const last = leave(exitCode);
    if (!course.settings.exit) over();
    else if (last !== undefined) void endProcess(last, Math.max(leastFlushMs, within.over.aborted ? 0 : within.leftMs()));
    return { ...report, exitCode };
  };
  const start = (cause: Cause): Promise<ShutdownReport> => {
    const within = (limit = newLimit(course.settings.timeoutMs));
    let settle: ((report: ShutdownReport) => void) | undefined;
    // Kept before anything happens: what is told of the drain may call for the shutdown in its turn.
    promise = new Promise((resolve) => void (settle = resolve));
    void run(cause, within).then(settle);
    return promise;
  };
  return {
    isUnderway: () => promise !== undefined,
    begin: (cause) => promise ?? start(cause),
    fail: () => void (hasFailed = true),
    breakOff: (why) => limit?.breakOff(why),
  };
};
