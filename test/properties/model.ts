import type { CheckStatus, Lifecycle, Probe, Reason, ReportStatus } from "probekit";

/** How a check behaves when it is run: it answers at once, or hangs until it is released. */
export type Mode = "ok" | "warn" | "fail" | "hang";

/** The options that the model knows. */
export interface ModelOptions {
  readonly probes: readonly Probe[];
  readonly critical: boolean;
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly errorCacheMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly intervalMs?: number;
  readonly staleAfterMs?: number | undefined;
}

/** What the model says of one check. */
export interface ModelEntry {
  readonly status: CheckStatus;
  readonly reason: Reason | undefined;
  readonly failures: number;
  readonly successes: number;
  readonly abandoned: number;
}

/** What the model says of one scope. */
export interface ModelReport {
  readonly status: ReportStatus;
  readonly causes: readonly string[];
  readonly lifecycle: Lifecycle;
  readonly checks: Readonly<Record<string, ModelEntry>>;
}

type Outcome = "ok" | "warn" | "error";

interface ModelCheck {
  readonly name: string;
  readonly options: ModelOptions;
  mode: Mode;
  runs: number;
  status: CheckStatus;
  reason: Reason | undefined;
  failing: boolean | undefined;
  streak: number;
  attempt: { status: Outcome | "skipped"; at: number } | undefined;
  run: { startedAt: number; timedOut: boolean; counted: number } | undefined;
  abandoned: number;
  abandonedInARow: number;
  tickAt: number;
  paused: boolean;
  retired: boolean;
  /** Whether it was too old when it was retired. */
  staleForGood: boolean;
}

const outcomes: Record<Exclude<Mode, "hang">, Outcome> = { ok: "ok", warn: "warn", fail: "error" };

/**
 * The semantics in small: rules 2, 4 to 10 of the design, each written from the rule, for checks that answer at once or
 * hang. Time goes from event to event; nothing is cached, and nothing is clever.
 */
export class Model {
  now = 0;
  latched = false;
  draining = false;
  closed = false;
  readonly checks = new Map<string, ModelCheck>();

  register(name: string, options: ModelOptions, mode: Mode): void {
    const check: ModelCheck = {
      name, options, mode, runs: 0, status: "pending", reason: "not-run", failing: undefined, streak: 0, attempt: undefined,
      run: undefined, abandoned: 0, abandonedInARow: 0, tickAt: Infinity, paused: false, retired: false, staleForGood: false,
    };
    this.checks.set(name, check);
    check.retired = this.closed || this.#isRetired(check);
    if (options.intervalMs !== undefined && !check.retired) this.#start(check);
  }

  pause(check: ModelCheck): void {
    if (check.paused || check.retired) return;
    Object.assign(check, { paused: true, run: undefined, tickAt: Infinity, status: "skipped", reason: "disabled", failing: undefined, streak: 0 });
    check.attempt = { status: "skipped", at: this.now };
  }

  resume(check: ModelCheck): void {
    if (!check.paused) return;
    Object.assign(check, { paused: false, attempt: undefined });
    if (check.options.intervalMs !== undefined && !check.retired) this.#start(check);
  }

  close(): void {
    this.draining = true;
    this.closed = true;
    for (const check of this.checks.values()) this.#retire(check, true);
  }

  /** A run that hangs settles after all. */
  release(check: ModelCheck, how: Exclude<Mode, "hang">): void {
    if (check.run === undefined) return;
    if (!check.run.timedOut) return this.#finish(check, outcomes[how]);
    this.#catchUp(check);
    Object.assign(check, { run: undefined, abandonedInARow: 0 });
    this.#schedule(check);
  }

  /** Goes from event to event. */
  advance(ms: number): void {
    const until = this.now + ms;
    for (let at = this.#nextEvent(); at <= until; at = this.#nextEvent()) {
      this.now = at;
      for (const check of this.checks.values()) this.#happen(check);
    }
    this.now = until;
  }

  /** Runs what a report needs; returns for how long it waits. */
  request(scope: Probe | undefined): number {
    const waiting = this.#needed(scope).filter((check) => !this.#isOnlyRead(check));
    for (const check of waiting) this.#renew(check);
    return Math.max(0, ...waiting.filter((check) => this.#isOpen(check)).map(({ run, options }) => run!.startedAt + options.timeoutMs - this.now));
  }

  /** Draws a report after its wait; `latches`: it is one that was asked for, no snapshot. */
  report(scope: Probe | undefined, latches: boolean): ModelReport {
    if (latches && scope !== "live") this.#latch();
    const listed = this.#listed(scope);
    const counted = listed.filter((check) => check.options.probes.includes(scope ?? "ready"));
    const effects = counted.map((check) => [check.name, this.#effect(check, scope)] as const);
    const lifecycle = this.#lifecycle();
    const isPassed = scope === "startup" && this.latched;
    const isHeld = (scope === "ready" || scope === undefined) && lifecycle !== "running";
    const worst = effects.some(([, effect]) => effect === "unhealthy") ? "unhealthy" : effects.some(([, effect]) => effect === "degraded") ? "degraded" : "healthy";
    return {
      status: isPassed ? "healthy" : isHeld ? "unhealthy" : worst,
      causes: isPassed ? [] : effects.flatMap(([name, effect]) => (effect === "healthy" ? [] : [name])),
      lifecycle,
      checks: Object.fromEntries(listed.map((check) => [check.name, this.#entry(check)])),
    };
  }

  #listed(scope: Probe | undefined): ModelCheck[] {
    return [...this.checks.values()].filter(({ options }) => scope === undefined || options.probes.includes(scope));
  }

  #needed(scope: Probe | undefined): ModelCheck[] {
    if (scope === "startup" && this.latched) return [];
    const gate = scope === "ready" && this.#isStarting() ? this.#listed("startup") : [];
    return [...new Set([...this.#listed(scope), ...gate])];
  }

  #isStarting(): boolean {
    return !this.latched && this.#listed("startup").length > 0;
  }

  #lifecycle(): Lifecycle {
    if (this.closed) return "closed";
    if (this.draining) return "draining";
    return this.#isStarting() ? "starting" : "running";
  }

  #latch(): void {
    const gate = this.#listed("startup");
    if (this.latched || this.closed || gate.length === 0) return;
    if (gate.some((check) => this.#effect(check, "startup") === "unhealthy")) return;
    this.latched = true;
    for (const check of gate) if (this.#isRetired(check)) this.#retire(check, false);
  }

  #isRetired({ options }: ModelCheck): boolean {
    return this.latched && options.probes.length === 1 && options.probes[0] === "startup";
  }

  #retire(check: ModelCheck, ends: boolean): void {
    this.#catchUp(check);
    check.staleForGood = this.#isStale(check, this.now);
    check.retired = true;
    check.tickAt = Infinity;
    if (ends) check.run = undefined;
  }

  #effect(check: ModelCheck, scope: Probe | undefined): ReportStatus {
    const { status } = this.#entry(check);
    if (status === "error" || (status === "pending" && scope !== "live")) return check.options.critical ? "unhealthy" : "degraded";
    return status === "warn" ? "degraded" : "healthy";
  }

  #entry(check: ModelCheck): ModelEntry {
    this.#catchUp(check);
    const stale = this.#isStale(check, this.now);
    const { failing, streak, abandoned } = check;
    return {
      status: stale ? "error" : check.status,
      reason: stale ? "stale" : check.reason,
      failures: failing === true ? streak : 0,
      successes: failing === false ? streak : 0,
      abandoned,
    };
  }

  #isStale({ attempt, options, paused, retired, staleForGood }: ModelCheck, now: number): boolean {
    if (attempt === undefined || options.intervalMs === undefined || paused) return false;
    if (retired) return staleForGood;
    return now > attempt.at + (options.staleAfterMs ?? 2 * options.intervalMs + options.timeoutMs);
  }

  #isOnlyRead({ retired, paused, options }: ModelCheck): boolean {
    return retired || paused || options.intervalMs !== undefined;
  }

  #isOpen({ run }: ModelCheck): boolean {
    return run !== undefined && !run.timedOut;
  }

  #renew(check: ModelCheck): void {
    this.#catchUp(check);
    if (this.#isOpen(check)) return;
    if (this.#isAbandonable(check)) return this.#replace(check);
    if (check.run === undefined && !this.#isFresh(check)) this.#start(check);
  }

  #isFresh({ attempt, options }: ModelCheck): boolean {
    return attempt !== undefined && this.now < attempt.at + (attempt.status === "error" ? options.errorCacheMs : options.cacheMs);
  }

  #isAbandonable({ run, options, abandonedInARow }: ModelCheck): boolean {
    const patience = Math.max(options.timeoutMs, Math.min(10 * options.timeoutMs * 2 ** abandonedInARow, 600_000));
    return run?.timedOut === true && this.now >= run.startedAt + patience;
  }

  /** Gives a hung run up and starts another. */
  #replace(check: ModelCheck): void {
    check.abandoned += 1;
    check.abandonedInARow += 1;
    this.#start(check);
  }

  #start(check: ModelCheck): void {
    check.runs += 1;
    check.run = { startedAt: this.now, timedOut: false, counted: 0 };
    check.tickAt = Infinity;
    if (check.mode !== "hang") this.#finish(check, outcomes[check.mode]);
  }

  #finish(check: ModelCheck, outcome: Outcome): void {
    Object.assign(check, { run: undefined, abandonedInARow: 0 });
    this.#count(check, outcome, outcome === "ok" ? undefined : "failed", 1, this.now);
    this.#schedule(check);
  }

  #schedule(check: ModelCheck): void {
    const { intervalMs, timeoutMs } = check.options;
    if (intervalMs === undefined || check.retired || check.paused) return;
    check.tickAt = this.now + (check.run?.timedOut === true ? Math.min(timeoutMs, intervalMs) : intervalMs);
  }

  #catchUp(check: ModelCheck): void {
    const { run, options } = check;
    if (run === undefined || !run.timedOut) return;
    for (; this.now >= run.startedAt + (run.counted + 1) * options.timeoutMs; run.counted += 1) {
      this.#count(check, "error", "timeout", 1, run.startedAt + (run.counted + 1) * options.timeoutMs);
    }
  }

  #count(check: ModelCheck, outcome: Outcome, reason: Reason | undefined, times: number, at: number): void {
    const failing = outcome === "error";
    const held = check.status;
    // What is too old to hold on gives way to a failure at once; to be up again takes its threshold as ever.
    const anew = held === "pending" || held === "skipped" || (failing && this.#isStale(check, at));
    check.staleForGood = false;
    check.streak = check.failing === failing ? check.streak + times : times;
    check.failing = failing;
    check.attempt = { status: outcome, at };
    const threshold = failing ? check.options.failureThreshold : check.options.successThreshold;
    if (!anew && (held === "error") !== failing && check.streak < threshold) return;
    check.status = outcome;
    check.reason = reason;
  }

  #nextEvent(): number {
    const events = [...this.checks.values()].map((check) => Math.min(check.tickAt, this.#isOpen(check) ? check.run!.startedAt + check.options.timeoutMs : Infinity));
    return Math.min(Infinity, ...events);
  }

  #happen(check: ModelCheck): void {
    const { run, options } = check;
    if (run !== undefined && !run.timedOut && this.now >= run.startedAt + options.timeoutMs) {
      run.timedOut = true;
      this.#catchUp(check);
      this.#schedule(check);
    } else if (this.now >= check.tickAt) this.#tick(check);
  }

  #tick(check: ModelCheck): void {
    this.#catchUp(check);
    if (this.#isAbandonable(check)) this.#replace(check);
    else if (check.run === undefined) this.#start(check);
    else this.#schedule(check);
  }
}
