import type { Health } from "probekit";
import type { Closing } from "./closing.js";
import { longestOf, runHooks } from "./hooks.js";
import { endsWithin, pause, turn, type Limit } from "./limit.js";
import type { Hook, Settings } from "./settings.js";
import type { SystemdNotifier } from "./systemd.js";
import { tell } from "./tell.js";
import type { ShutdownReport } from "./types.js";
import { inUse, seconds } from "./wording.js";

/** What a shutdown works on. */
export interface Course {
  readonly health: Health;
  readonly settings: Settings;
  readonly servers: Closing;
  /** Hooks in the order they were registered. */
  readonly hooks: Hook[];
  /** What belongs to the servers and ends after their connections, before any hook. */
  readonly rest: readonly Hook[];
  readonly begun: AbortController;
  readonly systemd: SystemdNotifier;
}

/** Why a shutdown begins, and how. */
export interface Cause {
  readonly reason: string;
  readonly delayMs: number;
}

/** One shutdown from the signal to the report; `failure` says what nobody caught meanwhile. Never rejects. */
export const runTimeline = async (course: Course, cause: Cause, limit: Limit, failure: () => string | undefined): Promise<ShutdownReport> => {
  const unfinished: string[] = [];
  const step = async (act: () => Promise<readonly string[]>): Promise<void> => {
    try {
      unfinished.push(...(await act()));
    } catch (error) {
      unfinished.push("a step of the shutdown (failed)");
      tell(course.health, "error", "a step of the shutdown failed; it goes on", error);
    }
  };
  await step(() => leave(course, cause, limit));
  // Background checks would fail on what the hooks close.
  await course.health.close();
  await step(() => runAllHooks(course, cause, limit));
  limit.end();
  const failed = failure();
  if (failed !== undefined) unfinished.push(failed);
  return report(course, cause, limit, unfinished);
};

/** Returns what was in use to the last, and cut. */
const leave = async (course: Course, cause: Cause, limit: Limit): Promise<readonly string[]> => {
  begin(course, cause);
  if (cause.delayMs > 0) await served(cause.delayMs, limit);
  return stopServing(course, limit);
};

const served = async (delayMs: number, limit: Limit): Promise<void> => {
  await pause(delayMs, limit);
  // Where the loop was busy as the delay ended, requests that came within it are still to be read.
  await turn();
};

const begin = ({ health, settings, servers, begun, systemd }: Course, { reason, delayMs }: Cause): void => {
  if (settings.failReady) health.drain();
  servers.drain();
  systemd.stopping();
  tell(health, "info", `shutdown began: ${reason}; ${delayMs > 0 ? `serving for ${delayMs} ms more` : "without delay"}`);
  begun.abort();
};

const stopServing = async (course: Course, limit: Limit): Promise<readonly string[]> => {
  const { health, servers } = course;
  health.drain();
  const wasListening = servers.isListening();
  const left = new Promise<void>((resolve) => servers.stop(resolve));
  if (wasListening && !servers.isListening()) tell(health, "info", `no longer listening; ${inUse(servers.open()).join(", ") || "nothing in flight"}`);
  if (await endsWithin(left, timeForRequests(course, limit), limit)) return [];
  const unfinished = inUse(servers.open());
  if (unfinished.length > 0 && !limit.over.aborted) {
    tell(health, "warn", `cut after ${seconds(limit.elapsedMs())}, to leave the hooks their time: ${unfinished.join(", ")}`);
  }
  servers.cut();
  return unfinished;
};

// A request that never ends leaves hooks a fifth of the whole, but no more than half of what is left after the delay.
const timeForRequests = ({ settings, hooks, rest }: Course, limit: Limit): number | undefined => {
  const reserved = Math.min(longestOf([...hooks, ...rest]), settings.timeoutMs / 5, limit.leftMs() / 2);
  return reserved > 0 ? limit.leftMs() - reserved : undefined;
};

const runAllHooks = ({ health, hooks, rest }: Course, { reason }: Cause, limit: Limit): Promise<readonly string[]> => {
  hooks.push(...rest);
  return runHooks(hooks, { reason, limit, onFault: (sentence, error) => tell(health, "error", sentence, error) });
};

const report = ({ health, settings }: Course, { reason }: Cause, limit: Limit, unfinished: readonly string[]): ShutdownReport => {
  const tookMs = limit.elapsedMs();
  const isClean = unfinished.length === 0 && !limit.over.aborted;
  const what = unfinished.length === 0 ? "" : `: ${unfinished.join(", ")}`;
  tell(health, isClean ? "info" : "error", `shutdown ${verdict(limit, settings, isClean)}${what}`);
  return { reason, exitCode: isClean ? 0 : 1, tookMs, unfinished };
};

const verdict = (limit: Limit, { timeoutMs }: Settings, isClean: boolean): string => {
  const took = seconds(limit.elapsedMs());
  if (!limit.over.aborted) return `finished in ${took}${isClean ? "" : ", not cleanly"}`;
  const by = limit.brokenOffBy();
  return by === undefined ? `did not finish within ${timeoutMs} ms` : `broken off by ${by} after ${took}`;
};
