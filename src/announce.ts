import { defined } from "./defined.js";
import { channels, type Channel } from "./diagnostics.js";
import { emit, type Listeners } from "./emitter.js";
import type { LifecycleState } from "./lifecycle.js";
import { logTo, loggedError } from "./log.js";
import type { Attempt } from "./run-check.js";
import type { ChangeEvent, Clock, HealthEvents, Lifecycle, LogEntry, Logger, Reason } from "./types.js";

/** What it takes to tell log and listeners. */
export interface Voice {
  readonly settings: { readonly logger: Logger; readonly service: string | undefined; readonly clock: Clock };
  readonly lifecycle: LifecycleState;
  readonly listeners: Listeners;
  readonly outbox: Outbox;
}

/** What is still to be told, in the order in which it happened, whatever those who are told do meanwhile. */
export interface Outbox {
  readonly waiting: (() => void)[];
  /** Whether somebody is being told. */
  isTelling: boolean;
  /** When the log last heard of each listener that fails, on the monotonic clock. */
  readonly faults: WeakMap<object, number>;
}

/** Nothing to tell yet. */
export const newOutbox = (): Outbox => ({ waiting: [], isTelling: false, faults: new WeakMap() });

/** Tells what waits to be told. */
export const flush = ({ outbox }: Voice): void => {
  if (outbox.isTelling) return;
  outbox.isTelling = true;
  try {
    for (let next = outbox.waiting.shift(); next !== undefined; next = outbox.waiting.shift()) next();
  } finally {
    outbox.isTelling = false;
  }
};

/** How often, at most, the log hears of the same thing that goes on: every five minutes. */
export const reminderMs = 300_000;

/** Tells the log that something was misused or given up. */
export const problem = (voice: Voice, message: string, check?: string, fault?: unknown): void => {
  const error = fault === undefined ? undefined : loggedError(fault);
  log(voice, defined({ level: "warn" as const, event: "problem" as const, message, check, error }));
  flush(voice);
};

/** Tells log and listeners that the service moved on. */
export const announceLifecycle = (voice: Voice, lifecycle: Lifecycle, previousLifecycle: Lifecycle): void => {
  if (lifecycle !== "closed") log(voice, { level: "info", event: "lifecycle", message: moved(voice, lifecycle) });
  tell(voice, "lifecycle", { lifecycle, previousLifecycle });
  flush(voice);
};

/** Tells listeners that a check was added or removed. */
export const announceRegistration = (voice: Voice, name: string, registered: boolean): void => {
  tell(voice, "registration", { name, registered }, name);
  flush(voice);
};

const moves = {
  starting: "starting: ready is unhealthy until startup has passed",
  running: "running: startup has passed",
  draining: "draining: ready is unhealthy from now on",
} as const;

const moved = (voice: Voice, lifecycle: keyof typeof moves): string =>
  lifecycle === "running" && !voice.lifecycle.latched && !voice.lifecycle.marked ? "running: no startup check is left to wait for" : moves[lifecycle];

const tell = <E extends keyof HealthEvents>(voice: Voice, event: E, payload: HealthEvents[E], check?: string): void =>
  void (voice.listeners[event].size > 0 && voice.outbox.waiting.push(() => emit(voice.listeners, event, payload, (thrown, listener) => {
    if (isNews(voice, listener)) problem(voice, `a listener of "${event}" failed`, check, thrown);
  })));

// A listener that fails does so at every event.
const isNews = ({ outbox: { faults }, settings: { clock } }: Voice, listener: object): boolean => {
  const now = clock.now();
  if (now - (faults.get(listener) ?? -Infinity) < reminderMs) return false;
  faults.set(listener, now);
  return true;
};

const log = (voice: Voice, entry: LogEntry): void => void voice.outbox.waiting.push(() => logTo(voice.settings.logger, entry));

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

/** Has it told to log and listeners that a check's status changed; `message` is what its last attempt said, `error` what it threw. */
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
  if (channel.hasSubscribers) publish(voice, channel, change);
};

const publish = (voice: Voice, channel: Channel, message: object): void =>
  void voice.outbox.waiting.push(() => channel.publish(Object.freeze({ service: voice.settings.service, ...message })));

/** Has listeners told what a run said. Nobody may be listening: then it costs nothing. */
export const announceResult = (voice: Voice, name: string, attempt: Attempt, error: unknown): void => {
  const { run: channel } = channels();
  const isHeard = channel.hasSubscribers;
  if (!isHeard && voice.listeners.result.size === 0) return;
  const { status, reason, latencyMs, message, data } = attempt;
  const result = defined({ name, status, reason, latencyMs, message, data });
  tell(voice, "result", result, name);
  if (isHeard) publish(voice, channel, defined({ ...result, error: error === undefined ? undefined : loggedError(error) }));
};

/** A check that goes on failing. */
export interface Outage {
  readonly name: string;
  readonly reason: Reason | undefined;
  readonly message: string | undefined;
  readonly lastedMs: number;
  readonly failures: number;
}

/** Reminds the log that a check still fails; while the service drains that is nothing to be told. */
export const remind = (voice: Voice, { name, reason, message, lastedMs, failures }: Outage, error: unknown): void => {
  if (voice.lifecycle.draining) return;
  const why = message === undefined ? reason : `${reason}: ${message}`;
  const counted = failures > 0 ? ` and ${failures} failed runs` : "";
  const words = `check "${name}" is still error (${why}), for ${seconds(lastedMs)}${counted}`;
  const cause = error === undefined ? undefined : loggedError(error);
  log(voice, defined({ level: "error" as const, event: "reminder" as const, message: words, check: name, status: "error" as const, error: cause, lastedMs }));
  flush(voice);
};
