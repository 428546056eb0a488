import { systemClock } from "./clock.js";
import { HealthError, shown } from "./errors.js";
import { consoleLogger } from "./log.js";
import type { Check, CheckOptions, Clock, Enabled, HealthOptions, Logger, Probe } from "./types.js";
import { count, duration, ofType, oneOf, optionsObject, refuse } from "./validate.js";

/** Every probe, in the order in which reports list them. */
export const probes: readonly Probe[] = ["live", "ready", "startup"];

/** `createHealth`'s options with every default in place. */
export interface HealthSettings {
  readonly service: string | undefined;
  readonly version: string | undefined;
  readonly deadlineMs: number;
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly errorCacheMs: number;
  readonly maxConcurrency: number;
  readonly manual: boolean;
  readonly logger: Logger;
  readonly clock: Clock;
}

/** `register`'s options with every default in place. */
export interface CheckSettings {
  readonly probes: readonly Probe[];
  readonly critical: boolean;
  readonly timeoutMs: number;
  readonly cacheMs: number;
  readonly errorCacheMs: number;
  readonly intervalMs: number | undefined;
  readonly initialDelayMs: number;
  readonly staleAfterMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly warnAfterMs: number;
  readonly enabled: Enabled;
}

const healthOptions = [
  "service", "version", "deadlineMs", "timeoutMs", "cacheMs", "errorCacheMs", "maxConcurrency", "startup", "logger", "clock",
];

const checkOptions = [
  "probes", "critical", "timeoutMs", "cacheMs", "errorCacheMs", "intervalMs", "initialDelayMs", "staleAfterMs",
  "failureThreshold", "successThreshold", "warnAfterMs", "enabled",
];

const namePattern = /^[A-Za-z_][A-Za-z0-9._:-]{0,62}$/;

/** @throws HealthError `invalid-name` */
export const checkName = (name: unknown): string => {
  if (typeof name === "string" && namePattern.test(name)) return name;
  throw new HealthError("invalid-name", `a check's name must match ${namePattern.source}; got ${shown(name)}`);
};

/** @throws HealthError `invalid-check` */
export const checkFunction = (name: string, check: unknown): Check => {
  if (typeof check === "function") return check as Check;
  throw new HealthError("invalid-check", `check ${shown(name)} must be a function; got ${shown(check)}`);
};

/** @throws HealthError `unknown-probe` */
export const knownProbe = (probe: unknown): Probe => {
  if (probes.includes(probe as Probe)) return probe as Probe;
  throw new HealthError("unknown-probe", `a probe is "live", "ready" or "startup"; got ${shown(probe)}`);
};

const clockOf = (clock: unknown): Clock => {
  if (clock === undefined) return systemClock;
  const methods = ["now", "wallNow", "setTimeout", "clearTimeout"] as const;
  const given = clock as Clock | null;
  if (typeof given === "object" && given !== null && methods.every((method) => typeof given[method] === "function")) return given;
  return refuse("clock", `an object with ${methods.join(", ")}`, clock);
};

/** @throws HealthError for any option that is not valid */
export const healthSettings = (given: HealthOptions | undefined): HealthSettings => {
  const options = optionsObject<HealthOptions>("createHealth", given, healthOptions);
  const deadlineMs = duration("deadlineMs", options.deadlineMs, 1, 750);
  return {
    service: ofType<string, undefined>("service", options.service, "string", undefined),
    version: ofType<string, undefined>("version", options.version, "string", undefined),
    deadlineMs,
    timeoutMs: duration("timeoutMs", options.timeoutMs, 1, deadlineMs < 750 ? Math.max(1, Math.floor((deadlineMs * 2) / 3)) : 500),
    cacheMs: duration("cacheMs", options.cacheMs, 0, 1000),
    errorCacheMs: duration("errorCacheMs", options.errorCacheMs, 0, 250),
    maxConcurrency: count("maxConcurrency", options.maxConcurrency, Infinity),
    manual: oneOf("startup", options.startup, ["auto", "manual"], "auto") === "manual",
    logger: options.logger === false ? () => {} : ofType("logger", options.logger, "function", consoleLogger),
    clock: clockOf(options.clock),
  };
};

const probesOf = (option: string, given: unknown): readonly Probe[] => {
  if (given === undefined) return Object.freeze<Probe[]>(["ready"]);
  if (!Array.isArray(given)) return refuse(option, "an array of probes", given);
  const named = given.map(knownProbe);
  return Object.freeze(probes.filter((probe) => named.includes(probe)));
};

const enabledOf = (option: string, given: unknown): Enabled => {
  if (given === undefined || typeof given === "boolean") return given ?? true;
  return typeof given === "function" ? (given as Enabled) : refuse(option, "a boolean or a function", given);
};

/** What stands and falls with a background interval. */
const withoutInterval = (of: (option: string) => string, options: CheckOptions, timeoutMs: number, deadlineMs: number): void => {
  const blamed = options.timeoutMs === undefined ? `createHealth's timeoutMs, the default of ${of("timeoutMs")},` : of("timeoutMs");
  if (timeoutMs > deadlineMs) refuse(blamed, `at most deadlineMs (${deadlineMs}) without intervalMs`, timeoutMs);
  for (const option of ["initialDelayMs", "staleAfterMs"] as const) {
    if (options[option] !== undefined) refuse(of(option), "set together with intervalMs", options[option]);
  }
};

/** @throws HealthError for any option that is not valid, naming the check as well */
export const checkSettings = (name: string, given: CheckOptions | undefined, health: HealthSettings): CheckSettings => {
  const options = optionsObject<CheckOptions>(`check ${shown(name)}`, given, checkOptions);
  const of = (option: string): string => `${option} of check ${shown(name)}`;
  const intervalMs = duration(of("intervalMs"), options.intervalMs, 1, undefined);
  const timeoutMs = duration(of("timeoutMs"), options.timeoutMs, 1, health.timeoutMs);
  if (intervalMs === undefined) withoutInterval(of, options, timeoutMs, health.deadlineMs);
  return {
    probes: probesOf(of("probes"), options.probes),
    critical: ofType<boolean, boolean>(of("critical"), options.critical, "boolean", true),
    timeoutMs,
    cacheMs: duration(of("cacheMs"), options.cacheMs, 0, health.cacheMs),
    errorCacheMs: duration(of("errorCacheMs"), options.errorCacheMs, 0, health.errorCacheMs),
    intervalMs,
    initialDelayMs: duration(of("initialDelayMs"), options.initialDelayMs, 0, 0),
    staleAfterMs: duration(of("staleAfterMs"), options.staleAfterMs, 1, 2 * (intervalMs ?? 0) + timeoutMs),
    failureThreshold: count(of("failureThreshold"), options.failureThreshold, 1),
    successThreshold: count(of("successThreshold"), options.successThreshold, 1),
    warnAfterMs: duration(of("warnAfterMs"), options.warnAfterMs, 1, Infinity),
    enabled: enabledOf(of("enabled"), options.enabled),
  };
};
