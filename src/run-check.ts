import { boundedData, boundedText, safeText } from "./bounded.js";
import { shown } from "./errors.js";
import { errorText } from "./log.js";
import type { Limited, TimeLimit } from "./time-limit.js";
import type { Check, CheckContext, Clock, Enabled, Reason } from "./types.js";

/** What one finished or timed-out run said. */
export interface Attempt {
  readonly status: "ok" | "warn" | "error" | "skipped";
  readonly reason?: Reason | undefined;
  readonly message?: string | undefined;
  readonly data?: unknown;
  /** When the run ended, on the monotonic clock. */
  readonly finishedAt: number;
  /** The same in wall-clock milliseconds. */
  readonly checkedAt: number;
  readonly latencyMs: number;
}

/** An attempt before it is timed. */
type Verdict = Omit<Attempt, "finishedAt" | "checkedAt" | "latencyMs">;

/** What a run needs to know. */
export interface Task {
  readonly name: string;
  readonly check: Check;
  readonly enabled: Enabled;
  readonly timeoutMs: number;
  /** Calls {@link timeOut} for each run that it has held for `timeoutMs`. */
  readonly limit: TimeLimit<Run>;
  readonly clock: Clock;
  /** The run has a verdict; called once, unless the run is cancelled before. `error` is what was thrown. */
  onAttempt(run: Run, attempt: Attempt, error: unknown): void;
  /** A run that had timed out has settled after all; it is still `timed-out`. */
  onLateSettle(run: Run): void;
  /** `enabled` threw, or answered anything but a boolean. */
  onEnabledFault(fault: unknown): void;
}

/** One execution of a check. */
export interface Run extends Limited {
  readonly task: Task;
  /** `open`: no verdict yet; `timed-out`: its verdict is given, but it has not settled; `over`: nothing it says is heard. */
  phase: "open" | "timed-out" | "over";
  controller: AbortController | undefined;
  abortReason: DOMException | undefined;
}

/** A run that has not begun, so that its owner can hold it before it answers. */
export const newRun = (task: Task): Run => ({
  task,
  startedAt: task.clock.now(),
  phase: "open",
  held: false,
  before: undefined,
  after: undefined,
  controller: undefined,
  abortReason: undefined,
});

/** Begins a run; a check that answers at once has its verdict before this returns. */
export const beginRun = (run: Run): void => {
  const { enabled, limit } = run.task;
  if (typeof enabled === "function") askEnabled(run, enabled);
  else proceed(run, enabled);
  // One that has answered at once needs no limit.
  if (run.phase === "open") limit.hold(run);
};

/** Aborts a run and hears nothing of it any more. */
export const cancelRun = (run: Run): void => {
  run.phase = "over";
  run.task.limit.free(run);
  abort(run, new DOMException("the check was cancelled", "AbortError"));
};

// The controller costs more than the rest of a run: it is made when a check reads `signal`.
const signalOf = (run: Run): AbortSignal => {
  if (run.controller === undefined) {
    run.controller = new AbortController();
    if (run.abortReason !== undefined) run.controller.abort(run.abortReason);
  }
  return run.controller.signal;
};

const runOf = Symbol("run");

type Context = CheckContext & { readonly [runOf]: Run };

// Its own and enumerable, so that `{ ...context }` keeps it. One descriptor for all runs: a getter in a literal would be a closure, and a
// hidden class, for each of them.
const lazySignal: PropertyDescriptor & ThisType<Context> = {
  get() {
    return signalOf(this[runOf]);
  },
  enumerable: true,
};

const contextOf = (run: Run): CheckContext => {
  const { name, timeoutMs } = run.task;
  return Object.defineProperty({ name, timeoutMs, [runOf]: run }, "signal", lazySignal) as unknown as Context;
};

const abort = (run: Run, reason: DOMException): void => {
  run.abortReason ??= reason;
  run.controller?.abort(reason);
};

/** A run has had its time: it is told to stop, and its verdict is an error. */
export const timeOut = (run: Run): void => {
  const { task } = run;
  const message = `check "${task.name}" timed out after ${task.timeoutMs} ms`;
  const reason = new DOMException(message, "TimeoutError");
  const attempt = timed(run, task.clock.now(), { status: "error", reason: "timeout", message });
  run.phase = "timed-out";
  abort(run, reason);
  // A timer of Node counts from the loop's own time and may fire a millisecond or two before it is due.
  task.onAttempt(run, { ...attempt, latencyMs: Math.max(attempt.latencyMs, task.timeoutMs) }, reason);
};

// Every attempt has every key: runs are made by the million, and one shape is the cheapest.
const timed = (run: Run, finishedAt: number, { status, reason, message, data }: Verdict): Attempt => ({
  status,
  reason,
  message,
  data,
  finishedAt,
  checkedAt: run.task.clock.wallNow(),
  latencyMs: finishedAt - run.startedAt,
});

/** What is said of a check that is not run. */
export const notRun = (clock: Clock): Attempt => ({ ...disabled(undefined), message: undefined, data: undefined, finishedAt: clock.now(), checkedAt: clock.wallNow(), latencyMs: 0 });

const askEnabled = (run: Run, enabled: () => boolean | PromiseLike<boolean>): void => {
  const assume = (fault: unknown) => {
    run.task.onEnabledFault(fault);
    proceed(run, true);
  };
  const judge = (answer: unknown) =>
    typeof answer === "boolean" ? proceed(run, answer) : assume(`it answered ${shown(answer)}`);
  let answer: unknown;
  try {
    answer = enabled();
    if (isThenable(answer)) {
      promised(answer).then(judge, assume);
      return;
    }
  } catch (error) {
    assume(error);
    return;
  }
  judge(answer);
};

const proceed = (run: Run, enabled: boolean): void => {
  if (run.phase !== "open") settle(run, fine);
  else if (enabled) invoke(run);
  else settle(run, disabled);
};

const invoke = (run: Run): void => {
  let outcome: unknown;
  try {
    outcome = run.task.check(contextOf(run));
    if (isThenable(outcome)) {
      promised(outcome).then((answer) => settle(run, verdictOf, answer), (error) => settle(run, failed, error));
      return;
    }
  } catch (error) {
    settle(run, failed, error);
    return;
  }
  settle(run, verdictOf, outcome);
};

/** What a run's answer, or what it threw, means. It reads the answer, so it is not asked for one that nobody hears. */
type Judge = (answer: unknown) => Verdict;

const settle = (run: Run, judge: Judge, answer?: unknown): void => {
  if (run.phase === "over") return;
  const { task } = run;
  if (run.phase === "timed-out") task.onLateSettle(run);
  const late = run.phase !== "open";
  run.phase = "over";
  if (late) return;
  const finishedAt = task.clock.now();
  task.limit.free(run);
  const error = judge === failed ? (answer ?? String(answer)) : undefined;
  task.onAttempt(run, timed(run, finishedAt, judge(answer)), error);
};

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  ((typeof value === "object" && value !== null) || typeof value === "function") &&
  typeof (value as { then?: unknown }).then === "function";

// Anything but a plain promise is adopted by one, which hears only the first thing it says.
const promised = (value: PromiseLike<unknown>): PromiseLike<unknown> =>
  value.then === Promise.prototype.then ? value : new Promise((resolve) => resolve(value));

const ok: Verdict = { status: "ok" };

const fine: Judge = () => ok;

const disabled: Judge = () => ({ status: "skipped", reason: "disabled" });

const failed: Judge = (error) => ({ status: "error", reason: "failed", message: boundedText(errorText(error)) });

/** What a check's answer means; anything that is no {@link CheckOutcome} is an error. */
const verdictOf: Judge = (outcome) => {
  if (outcome === undefined || outcome === true) return ok;
  if (outcome === false) return { status: "error", reason: "failed" };
  const status = typeof outcome === "object" && outcome !== null ? property(outcome, "status") : undefined;
  if (status === "ok") return { status, ...details(outcome as object) };
  if (status === "warn" || status === "error") return { status, reason: "failed", ...details(outcome as object) };
  const got = status === undefined ? shown(outcome) : `an object with status ${shown(status)}`;
  return {
    status: "error",
    reason: "invalid-result",
    message: boundedText(`a check returns undefined, a boolean or { status: "ok" | "warn" | "error" }; got ${got}`),
  };
};

const property = (object: object, key: string): unknown => {
  try {
    return (object as Record<string, unknown>)[key];
  } catch {
    return "[unreadable]";
  }
};

const details = (outcome: object): Pick<Verdict, "message" | "data"> => {
  const message = property(outcome, "message");
  const data = property(outcome, "data");
  return {
    message: message === undefined || message === null ? undefined : boundedText(safeText(message)),
    data: data === undefined ? undefined : boundedData(data),
  };
};
