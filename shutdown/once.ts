import { allWrittenOut, endProcess, enter } from "./exit.js";
import { newLimit, type Limit } from "./limit.js";
import { tell } from "./tell.js";
import { runTimeline, type Cause, type Course } from "./timeline.js";
import type { ShutdownReport } from "./types.js";

/** A shutdown that may begin once. */
export interface Once {
  isUnderway(): boolean;
  /** Begins it, or joins the one that has begun. */
  begin(cause: Cause): Promise<ShutdownReport>;
  /** The exit code is 1, however it ends: `what` nobody caught. Returns how often that was so. */
  fail(what: string): number;
  /** Whether its report was given. */
  isOver(): boolean;
  /** Ends what is under way at once. */
  breakOff(why: string): void;
}

/** How long stdout and stderr are waited for at least, in milliseconds: their reader may be slow. */
const leastFlushMs = 1000;

/** A shutdown that has not begun. `over` is called with its end, where the process goes on. */
export const newOnce = (course: Course, over: () => void): Once => {
  let limit: Limit | undefined;
  let promise: Promise<ShutdownReport> | undefined;
  let failure: string | undefined;
  let failures = 0;
  let reported = false;
  const hurry = new AbortController();
  const end = async (exitCode: 0 | 1, withinMs: number): Promise<void> => {
    await allWrittenOut(withinMs, hurry.signal);
    over();
    endProcess(failure === undefined && !hurry.signal.aborted ? exitCode : 1, (error) => tell(course.health, "error", 'a listener of "exit" failed', error));
  };
  const run = async (cause: Cause, within: Limit): Promise<ShutdownReport> => {
    const leave = enter(course.settings.exit);
    const report = await runTimeline(course, cause, within, () => failure);
    course.systemd.end();
    reported = true;
    const last = leave(report.exitCode);
    if (last !== undefined) void end(last, Math.max(leastFlushMs, within.over.aborted ? 0 : within.leftMs()));
    else if (!course.settings.exit) over();
    return report;
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
    fail: (what) => {
      failure = what;
      return (failures += 1);
    },
    isOver: () => reported,
    breakOff: (why) => (reported ? hurry.abort() : limit?.breakOff(why)),
  };
};
