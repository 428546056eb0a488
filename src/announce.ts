import { defined } from "./defined.js";
import { emit, type Listeners } from "./emitter.js";
import type { LifecycleState } from "./lifecycle.js";
import { logTo, loggedError } from "./log.js";
import type { ChangeEvent, LogEntry, Logger } from "./types.js";

/** What it takes to tell log and listeners. */
export interface Voice {
  readonly settings: { readonly logger: Logger };
  readonly lifecycle: LifecycleState;
  readonly listeners: Listeners;
}

/** Tells the log that something was misused or given up. */
export const problem = (voice: Voice, message: string, check?: string, fault?: unknown): void => {
  const error = fault === undefined ? undefined : loggedError(fault);
  log(voice, defined({ level: "warn" as const, event: "problem" as const, message, check, error }));
};

/** Tells the log that the service moved on. */
export const logLifecycle = (voice: Voice, message: string): void => log(voice, { level: "info", event: "lifecycle", message });

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
  emit(voice.listeners, "change", change, (thrown) => problem(voice, `a listener of "change" failed`, name, thrown));
};
