import { defined } from "./defined.js";
import { channels } from "./diagnostics.js";
import { emit, type Listeners } from "./emitter.js";
import type { LifecycleState } from "./lifecycle.js";
import { logTo, loggedError } from "./log.js";
import type { Attempt } from "./run-check.js";
import type { ChangeEvent, HealthEvents, Lifecycle, LogEntry, Logger } from "./types.js";

/** What it takes to tell log and listeners. */
export interface Voice {
  readonly settings: { readonly logger: Logger; readonly service: string | undefined };
  readonly lifecycle: LifecycleState;
  readonly listeners: Listeners;
}

/** Tells the log that something was misused or given up. */
export const problem = (voice: Voice, message: string, check?: string, fault?: unknown): void => {
  const error = fault === undefined ? undefined : loggedError(fault);
  log(voice, defined({ level: "warn" as const, event: "problem" as const, message, check, error }));
};

/** Tells log and listeners that the service moved on. */
export const announceLifecycle = (voice: Voice, lifecycle: Lifecycle, previousLifecycle: Lifecycle): void => {
  if (lifecycle !== "closed") log(voice, { level: "info", event: "lifecycle", message: moves[lifecycle] });
  tell(voice, "lifecycle", { lifecycle, previousLifecycle });
};

/** Tells listeners that a check was added or removed. */
export const announceRegistration = (voice: Voice, name: string, registered: boolean): void => tell(voice, "registration", { name, registered }, name);

const moves = {
  starting: "starting: ready is unhealthy until startup has passed",
  running: "running: startup has passed",
  draining: "draining: ready is unhealthy from now on",
} as const;

const tell = <E extends keyof HealthEvents>(voice: Voice, event: E, payload: HealthEvents[E], check?: string): void =>
  emit(voice.listeners, event, payload, (thrown) => problem(voice, `a listener of "${event}" failed`, check, thrown));

const log = (voice: Voice, entry: LogEntry): void => logTo(voice.settings.logger, entry);

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

const levels = { ok: "info", warn: "warn", error: "error", skipped: "info", pending: "debug" } as const;

// Once the service drains, its dependencies may go too: that is no error any more.
const levelOf = (voice: Voice, change: ChangeEvent): LogEntry["level"] => {
  if (change.previousStatus === "pending" && change.status === "ok") return "debug";
  const level = levels[change.status];
  return level === "error" && voice.lifecycle.draining ? "info" : level;
};

const sentence = ({ name, status, previousStatus, reason, lastedMs, failures }: ChangeEvent, message: string | undefined): string => {
  const why = reason === undefined ? "" : ` (${reason}${message === undefined ? "" : `: ${message}`})`;
  const outage = status !== "error" && failures > 0 ? `, after ${failures} failed run${failures === 1 ? "" : "s"}` : "";
  return `check "${name}" is ${status}${why}; it was ${previousStatus} for ${seconds(lastedMs)}${outage}`;
};

/** Tells log and listeners that a check's status changed; `message` is what its last attempt said, `error` what it threw. */
export const announce = (voice: Voice, change: ChangeEvent, message: string | undefined, error: unknown): void => {
  const { name, status, previousStatus, lastedMs } = change;
  const entry = {
    level: levelOf(voice, change),
    event: "change" as const,
    message: sentence(change, status === "ok" ? undefined : message),
    check: name,
    status,
    previousStatus,
    error: error === undefined ? undefined : loggedError(error),
    lastedMs,
  };
  log(voice, defined(entry));
  tell(voice, "change", change, name);
  const { change: channel } = channels();
  if (channel.hasSubscribers) channel.publish(Object.freeze({ service: voice.settings.service, ...change }));
};

/** Tells listeners what a run said. Nobody may be listening: then it costs nothing. */
export const announceResult = (voice: Voice, name: string, attempt: Attempt, error: unknown): void => {
  const { run: channel } = channels();
  const isHeard = channel.hasSubscribers;
  if (!isHeard && voice.listeners.result.size === 0) return;
  const { status, reason, latencyMs, message, data } = attempt;
  const result = defined({ name, status, reason, latencyMs, message, data });
  tell(voice, "result", result, name);
  if (isHeard) channel.publish(Object.freeze({ service: voice.settings.service, ...result, error }));
};

/** Reminds the log that a check still fails; while the service drains that is nothing to be told. */
export const remind = (voice: Voice, name: string, attempt: Attempt, lastedMs: number, failures: number, error: unknown): void => {
  if (voice.lifecycle.draining) return;
  const why = attempt.message === undefined ? attempt.reason : `${attempt.reason}: ${attempt.message}`;
  const message = `check "${name}" is still error (${why}), for ${seconds(lastedMs)} and ${failures} failed runs`;
  const cause = error === undefined ? undefined : loggedError(error);
  log(voice, defined({ level: "error" as const, event: "reminder" as const, message, check: name, status: "error" as const, error: cause, lastedMs }));
};
