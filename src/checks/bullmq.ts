import type { Check, CheckVerdict } from "probekit";
import { bullConnection, bullQueueOf, type BullJob, type BullQueue } from "./stores/bullmq-queue.js";
import { milliseconds, rising, verdictOn, type Level, type Scale } from "./shared/levels.js";
import { optionsOf } from "./shared/options.js";
import { whenReady } from "./stores/redis-ready.js";
import { patienceOf } from "./shared/saturation.js";
import { sharedQuestion } from "./shared/shared-question.js";
import { watched } from "./shared/watched.js";

/** What `bullmqCheck` takes: the application's own BullMQ Queue. */
export interface BullQueueInstance {
  readonly getJobCounts: (...types: never[]) => PromiseLike<unknown>;
  readonly getJobs: (...range: never[]) => PromiseLike<unknown>;
  readonly isPaused: () => PromiseLike<unknown>;
  readonly waitUntilReady: () => PromiseLike<unknown>;
}

/** Options of {@link bullmqCheck}; `undefined` always means the default: no threshold. */
export interface BullmqCheckOptions {
  /** The number of waiting jobs, prioritized ones included, from which it warns. A whole number from 1. @default none */
  readonly waitingWarnAt?: number | undefined;
  /** The same from which it is an error; at least `waitingWarnAt`. @default none */
  readonly waitingErrorAt?: number | undefined;
  /**
   * The age of the oldest waiting job from which it warns, in milliseconds since it was added and its delay passed.
   * 1 to 2147483647. @default none; the age is not asked for then
   */
  readonly oldestWarnAfterMs?: number | undefined;
  /** The same from which it is an error; at least `oldestWarnAfterMs`. 1 to 2147483647. @default none */
  readonly oldestErrorAfterMs?: number | undefined;
  /** The number of failed jobs that are kept from which it warns. A whole number from 1. @default none */
  readonly failedWarnAt?: number | undefined;
  /** The same from which it is an error; at least `failedWarnAt`. A whole number from 1. @default none */
  readonly failedErrorAt?: number | undefined;
}

const known = ["waitingWarnAt", "waitingErrorAt", "oldestWarnAfterMs", "oldestErrorAfterMs", "failedWarnAt", "failedErrorAt"];

/**
 * Counts a BullMQ queue's jobs over the queue's own Redis connection, and holds them against thresholds. Without any it
 * proves that Redis answers, and `data` shows the counts: `waiting`, `prioritized`, `active`, `delayed`, `failed`,
 * whether the queue is `paused`, and `oldestMs` where there is a threshold for it.
 *
 * A queue whose client reconnects is an error at once: BullMQ's clients keep a command for as long as that takes. Where
 * the counts are still unanswered from a run that timed out, the next run waits for them. The oldest of prioritized jobs
 * is the one whose turn is next. A job that is tried again, or that waited for its children, counts from when it was
 * added. Delayed jobs count once a worker has moved them to the waiting ones: where no worker is left to do that, a queue
 * of delayed jobs alone looks well. The queue is never closed.
 * @param queue a BullMQ Queue (4, 5 or 6) on Redis; one for workers to read from, not a Worker
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("mails", bullmqCheck(mails, { waitingWarnAt: 1000, oldestErrorAfterMs: 600_000 }));
 */
export const bullmqCheck = (queue: BullQueueInstance, options?: BullmqCheckOptions): Check => {
  const bull = bullQueueOf(queue);
  const given = optionsOf("bullmqCheck", options, known);
  const levels = levelsOf(given);
  const isAged = given.oldestWarnAfterMs !== undefined || given.oldestErrorAfterMs !== undefined;
  const ask = sharedQuestion((of: BullQueue) => countsOf(of, isAged));
  const connection = bullConnection(queue);
  return whenReady(connection, async ({ signal, timeoutMs }) => {
    const counts = await watched(ask(bull, signal), patienceOf(lookEveryMs, timeoutMs), () => {
      if (connection.state() !== "ready") throw new Error("connection lost");
      return undefined;
    });
    return verdict(counts, levels);
  });
};

/** How often a run looks whether the connection that it waits on is still there. */
const lookEveryMs = 250;

const jobs: Scale = { expected: "a whole number from 1", accepts: (value) => Number.isSafeInteger(value) && value >= 1 };

interface Levels {
  waiting(count: number): Level;
  oldest(ms: number): Level;
  failed(count: number): Level;
}

const levelsOf = (given: BullmqCheckOptions): Levels => ({
  waiting: rising({ warn: ["waitingWarnAt", given.waitingWarnAt], error: ["waitingErrorAt", given.waitingErrorAt], scale: jobs }),
  oldest: rising({ warn: ["oldestWarnAfterMs", given.oldestWarnAfterMs], error: ["oldestErrorAfterMs", given.oldestErrorAfterMs], scale: milliseconds }),
  failed: rising({ warn: ["failedWarnAt", given.failedWarnAt], error: ["failedErrorAt", given.failedErrorAt], scale: jobs }),
});

interface Counts {
  readonly waiting: number;
  readonly prioritized: number;
  readonly active: number;
  readonly delayed: number;
  readonly failed: number;
  readonly paused: boolean;
  readonly oldestMs?: number;
}

// Before version 6 a paused queue keeps its waiting jobs in a list of their own.
const waitingTypes = ["waiting", "paused", "prioritized"];

const countsOf = async (queue: BullQueue, isAged: boolean): Promise<Counts> => {
  const [counts, isPaused] = await Promise.all([queue.getJobCounts(...waitingTypes, "active", "delayed", "failed"), queue.isPaused()]);
  const count = (type: string): number => counts[type] ?? 0;
  const waiting = count("waiting") + count("paused");
  const isOldestAsked = isAged && waiting + count("prioritized") > 0;
  return {
    waiting,
    prioritized: count("prioritized"),
    active: count("active"),
    delayed: count("delayed"),
    failed: count("failed"),
    paused: isPaused,
    ...(isOldestAsked && { oldestMs: await oldestOf(queue) }),
  };
};

const oldestOf = async (queue: BullQueue): Promise<number> => {
  const first = await queue.getJobs(waitingTypes, 0, 0, true).then(undefined, withoutContents);
  return Math.max(0, ...first.map((job) => (job ? ageOf(job) : 0)));
};

// The parser's message holds what the application wrote.
const withoutContents = (error: unknown): never => {
  if (error instanceof SyntaxError) throw new Error("the oldest waiting job can't be read: it is not JSON");
  throw error;
};

// A job that another program wrote may hold no times.
const ageOf = ({ timestamp, opts }: BullJob): number => Date.now() - (timestamp ?? NaN) - (opts?.delay ?? 0) || 0;

const verdict = (counts: Counts, levels: Levels): CheckVerdict => {
  const { waiting, prioritized, failed, oldestMs = 0 } = counts;
  return verdictOn([
    { level: levels.waiting(waiting + prioritized), message: counted(waiting + prioritized, "job is waiting", "jobs are waiting") },
    { level: levels.oldest(oldestMs), message: `the oldest waiting job has waited for ${oldestMs} ms` },
    { level: levels.failed(failed), message: counted(failed, "job has failed", "jobs have failed") },
  ], counts);
};

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;
