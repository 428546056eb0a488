/** The question an orchestrator asks: liveness, readiness or startup. */
export type Probe = "live" | "ready" | "startup";

/** What a check is: `pending` has never run, `skipped` is disabled or excluded. */
export type CheckStatus = "ok" | "warn" | "error" | "pending" | "skipped";

/** What a report is, once its checks are aggregated. */
export type ReportStatus = "healthy" | "degraded" | "unhealthy";

/** Why a check is not `ok`; present whenever it is not. */
export type Reason =
  | "failed"
  | "timeout"
  | "stale"
  | "not-run"
  | "invalid-result"
  | "slow"
  | "disabled"
  | "excluded";

/** Where the service stands: `starting` until startup latches, `draining` after `drain()`, `closed` after `close()`. */
export type Lifecycle = "starting" | "running" | "draining" | "closed";

/** What a check is called with. */
export interface CheckContext {
  /** Aborted with a `TimeoutError` when `timeoutMs` passes, with an `AbortError` on `unregister` and `close`. */
  readonly signal: AbortSignal;
  /** The name it was registered under. */
  readonly name: string;
  /** When the run is given up, in milliseconds from its start; the library always says it. */
  readonly timeoutMs?: number;
}

/** A check's answer in full. */
export interface CheckVerdict {
  readonly status: "ok" | "warn" | "error";
  /** One sentence; credentials in URLs are masked, then it is cut at 1 KiB. Shown at `details: "full"` only. */
  readonly message?: string | undefined;
  /** Anything; kept as plain JSON of at most 4 KiB. Shown at `details: "full"` only. */
  readonly data?: unknown;
}

/** `undefined` and `true` mean ok, `false` means error; anything else is `invalid-result`. */
export type CheckOutcome = CheckVerdict | boolean | undefined | void;

/**
 * A function that tests one dependency or one property of the process.
 * Throwing, or rejecting with anything, means error.
 */
export type Check = (context: CheckContext) => CheckOutcome | PromiseLike<CheckOutcome>;

/** Whether a check takes part; asked inside each run, under its timeout. */
export type Enabled = boolean | (() => boolean | PromiseLike<boolean>);

/** One error as the log shows it: nothing but these properties, credentials in URLs masked. */
export interface LoggedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly stack?: string;
  readonly cause?: LoggedError;
}

/** One line for the log. */
export interface LogEntry {
  readonly level: "debug" | "info" | "warn" | "error";
  /**
   * `change`: a check's status changed. `reminder`: a check still fails, at most every five minutes. `lifecycle`: the
   * service moved on. `shutdown`: a step of `probekit/shutdown`. `problem`: something was misused or abandoned.
   */
  readonly event: "change" | "reminder" | "lifecycle" | "shutdown" | "problem";
  /** A sentence fit for a console. */
  readonly message: string;
  readonly check?: string;
  readonly status?: CheckStatus;
  readonly previousStatus?: CheckStatus;
  readonly error?: LoggedError;
  /** How long the previous status lasted, in milliseconds; of a reminder: how long the present one has. */
  readonly lastedMs?: number;
}

/** Receives each {@link LogEntry}; what it throws is swallowed. */
export type Logger = (entry: LogEntry) => void;

/** The only way the library reads time; replace it in tests. */
export interface Clock {
  /** Monotonic milliseconds; latencies and ages are differences of it. */
  now(): number;
  /** Milliseconds since 1970, for timestamps alone. */
  wallNow(): number;
  /** As `globalThis.setTimeout`; the handle's `unref`, where it has one, is called for everything that nobody awaits. */
  setTimeout(callback: () => void, delayMs: number): unknown;
  /** As `globalThis.clearTimeout`. */
  clearTimeout(handle: unknown): void;
}

/** Options of `createHealth`; `undefined` always means the default. */
export interface HealthOptions {
  /** The service's name, shown in reports. @default none */
  readonly service?: string | undefined;
  /** The service's version, shown in reports. @default none */
  readonly version?: string | undefined;
  /**
   * The time within which a report is ready, whatever the checks do. Keep it under the prober's own timeout
   * (the kubelet's `timeoutSeconds` is 1 by default). 1 to 2147483647. @default 750
   */
  readonly deadlineMs?: number | undefined;
  /** Default of a check's `timeoutMs`. 1 to 2147483647. @default 500, or two thirds of a smaller `deadlineMs` */
  readonly timeoutMs?: number | undefined;
  /** Default of a check's `cacheMs`. 0 to 2147483647. @default 1000 */
  readonly cacheMs?: number | undefined;
  /** Default of a check's `errorCacheMs`. 0 to 2147483647. @default 250 */
  readonly errorCacheMs?: number | undefined;
  /** How many runs may be under way at once; the others queue. A whole number from 1. @default none */
  readonly maxConcurrency?: number | undefined;
  /**
   * `"auto"`: the service has started when its startup checks pass; `"manual"`: not before `markStarted()` either.
   * @default "auto"
   */
  readonly startup?: "auto" | "manual" | undefined;
  /** Receives log entries; `false` for silence. @default a line to the console, debug entries left out */
  readonly logger?: Logger | false | undefined;
  /** Replaces time in tests. @default the process's own */
  readonly clock?: Clock | undefined;
}

/** Options of `register`; `undefined` always means the default. */
export interface CheckOptions {
  /** The probes it decides; `[]` makes it informational: shown in `/health`, deciding nothing. @default ["ready"] */
  readonly probes?: readonly Probe[] | undefined;
  /** Whether its failure makes a report unhealthy (`true`) or degraded (`false`). @default true */
  readonly critical?: boolean | undefined;
  /** When a run is given up, from its own start. 1 to 2147483647; at most `deadlineMs` unless `intervalMs` is set. @default createHealth's */
  readonly timeoutMs?: number | undefined;
  /** How long an ok or warn result is reused. 0 to 2147483647. @default createHealth's */
  readonly cacheMs?: number | undefined;
  /** How long an error is reused. 0 to 2147483647. @default createHealth's */
  readonly errorCacheMs?: number | undefined;
  /**
   * Runs it in the background, this long after the last run completed, a tenth more or less so that replicas spread; probes
   * then only read. 1 to 2147483647. @default none
   */
  readonly intervalMs?: number | undefined;
  /** Delay of the first background run. 0 to 2147483647. @default 0 */
  readonly initialDelayMs?: number | undefined;
  /** Age over which a background result is an error, `stale`; keep it over the interval and a run together. 1 to 2147483647. @default 2 × intervalMs + timeoutMs */
  readonly staleAfterMs?: number | undefined;
  /** Failures in a row that turn ok into error. A whole number from 1. @default 1 */
  readonly failureThreshold?: number | undefined;
  /** Successes in a row that turn error into ok. A whole number from 1. @default 1 */
  readonly successThreshold?: number | undefined;
  /** Latency over which an ok result becomes warn. 1 to 2147483647. @default none */
  readonly warnAfterMs?: number | undefined;
  /** `false`, or a function that says so, skips the check. @default true */
  readonly enabled?: Enabled | undefined;
}

/** One check in a report. */
export interface CheckReport {
  readonly status: CheckStatus;
  readonly reason?: Reason;
  /** Duration of the last finished run, in milliseconds. */
  readonly latencyMs?: number;
  /** When the last run finished, ISO 8601. */
  readonly checkedAt?: string;
  readonly message?: string;
  readonly data?: unknown;
  readonly critical: boolean;
  readonly probes: readonly Probe[];
  /** Whether it runs by itself, with an `intervalMs`; another runs only for a report. */
  readonly background: boolean;
  /** Length of the current failing streak, in runs. */
  readonly failures: number;
  /** Length of the current streak of successes, in runs. */
  readonly successes: number;
  /** Runs that never settled and were given up. */
  readonly abandoned: number;
  /** Since when it has had this status, ISO 8601. */
  readonly since: string;
}

/** The aggregate of one probe's checks at one moment. */
export interface Report {
  readonly status: ReportStatus;
  /** Absent in the report of everything. */
  readonly probe?: Probe;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly service?: string;
  readonly version?: string;
  /** `process.uptime()`: seconds. */
  readonly uptime: number;
  readonly lifecycle: Lifecycle;
  /** Names of the checks that made it worse than healthy. */
  readonly causes: readonly string[];
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** What a listener of `"change"` gets. */
export interface ChangeEvent {
  readonly name: string;
  readonly status: CheckStatus;
  readonly previousStatus: CheckStatus;
  readonly reason?: Reason;
  /** How long the previous status lasted, in milliseconds. */
  readonly lastedMs: number;
  /** Length of the current (on recovery: the ended) failing streak, in runs. */
  readonly failures: number;
}

/** What a listener of `"result"` gets: one run that finished or timed out. */
export interface ResultEvent {
  readonly name: string;
  /** The run's own outcome, whatever status a threshold holds. */
  readonly status: "ok" | "warn" | "error" | "skipped";
  readonly reason?: Reason;
  /** Duration of the run, in milliseconds. */
  readonly latencyMs: number;
  readonly message?: string;
  readonly data?: unknown;
}

/** What a listener of `"lifecycle"` gets. */
export interface LifecycleEvent {
  readonly lifecycle: Lifecycle;
  readonly previousLifecycle: Lifecycle;
}

/** What a listener of `"registration"` gets: a check was added, or removed. Its status may have turned a probe. */
export interface RegistrationEvent {
  readonly name: string;
  /** `false`: it was removed. */
  readonly registered: boolean;
}

/** Events and what their listeners get. */
export interface HealthEvents {
  change: ChangeEvent;
  result: ResultEvent;
  lifecycle: LifecycleEvent;
  registration: RegistrationEvent;
}

/** The health of one service: made by `createHealth`, mounted by an adapter. */
export interface Health {
  /**
   * Adds a check.
   * @param name `^[A-Za-z_][A-Za-z0-9._:-]{0,62}$`, not taken yet
   * @throws HealthError when the name, the check or an option is not valid; nothing is registered then
   */
  register(name: string, check: Check, options?: CheckOptions): void;
  /** Aborts and forgets a check. Returns whether it was there. */
  unregister(name: string): boolean;
  /**
   * Stops a check for a while: its run is aborted, nothing starts another, and it is `skipped`, which decides nothing.
   * Returns whether it was there.
   */
  pause(name: string): boolean;
  /** Lets a check that was paused run again; it stays `skipped` until its first run. Returns whether it was there. */
  resume(name: string): boolean;
  /**
   * Runs what is due and reports within `deadlineMs`; without a probe: everything. Never rejects.
   * @throws HealthError for an unknown probe, at once
   */
  report(probe?: Probe): Promise<Report>;
  /** What is known now; synchronous, runs nothing. */
  snapshot(probe?: Probe): Report;
  /** With `startup: "manual"`: lets startup latch. Otherwise it does nothing, and says so in the log. */
  markStarted(): void;
  /** From now on ready is unhealthy, for good; live stays as it is and requests are still served. */
  drain(): void;
  /** Drains, stops timers and aborts runs; later reports only read. Idempotent. */
  close(): Promise<void>;
  /**
   * Subscribes; returns a function that unsubscribes. `"change"`: a check's status changed; `"result"`: a run finished or
   * timed out; `"lifecycle"`: the service moved on. Events are frozen; what a listener throws is logged.
   * The same is published on node:diagnostics_channel: `probekit:change` and `probekit:run`.
   */
  on<E extends keyof HealthEvents>(event: E, listener: (event: HealthEvents[E]) => void): () => void;
}
