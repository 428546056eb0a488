import { constants } from "node:os";
import { HealthError } from "probekit";
import type { ShutdownHook, ShutdownOptions, ShutdownRun } from "./types.js";

/** A hook with every default in place. */
export interface Hook {
  readonly name: string;
  readonly run: ShutdownRun;
  readonly timeoutMs: number;
}

/** `shutdownOnSignal`'s options with every default in place. */
export interface Settings {
  readonly signals: readonly NodeJS.Signals[];
  readonly drainDelayMs: number;
  readonly timeoutMs: number;
  readonly failReady: boolean;
  readonly hookTimeoutMs: number;
  readonly hooks: readonly Hook[];
  readonly uncaught: boolean;
  readonly exit: boolean;
}

const known: readonly (keyof ShutdownOptions)[] = [
  "signals", "drainDelayMs", "timeoutMs", "failReady", "hookTimeoutMs", "onShutdown", "uncaught", "exit",
];

/** The greatest delay a timer of Node holds. */
const longestMs = 2_147_483_647;

/** @throws HealthError for any option that is not valid, naming it and the value */
export const settingsOf = (given: ShutdownOptions | undefined): Settings => {
  const options = keysOf("shutdownOnSignal", given, known);
  const drainDelayMs = duration("drainDelayMs", options.drainDelayMs, 0, 5000);
  const timeoutMs = duration("timeoutMs", options.timeoutMs, 1, 25_000);
  if (timeoutMs <= drainDelayMs) refuse("timeoutMs", `greater than drainDelayMs (${drainDelayMs})`, timeoutMs);
  const hookTimeoutMs = duration("hookTimeoutMs", options.hookTimeoutMs, 1, 5000);
  return {
    signals: signalsOf(options.signals),
    drainDelayMs,
    timeoutMs,
    failReady: flag("failReady", options.failReady, true),
    hookTimeoutMs,
    hooks: hooksOf(options.onShutdown, hookTimeoutMs),
    uncaught: flag("uncaught", options.uncaught, false),
    exit: flag("exit", options.exit, true),
  };
};

const keysOf = <Options extends object>(owner: string, given: Options | undefined, keys: readonly (keyof Options & string)[]): Partial<Options> => {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null || Array.isArray(given)) return refuse(`${owner}'s options`, "an object", given);
  const stranger = Object.keys(given).find((key) => !(keys as readonly string[]).includes(key));
  if (stranger === undefined) return given;
  throw new HealthError("unknown-option", `${owner} has no option ${JSON.stringify(stranger)}; it has ${keys.join(", ")}`);
};

const duration = (option: string, value: unknown, least: 0 | 1, fallback: number): number => {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= least && value <= longestMs) return value;
  return refuse(option, `a number of milliseconds from ${least} to ${longestMs}`, value);
};

const flag = (option: string, value: unknown, fallback: boolean): boolean => {
  if (value === undefined) return fallback;
  return typeof value === "boolean" ? value : refuse(option, "a boolean", value);
};

const signalsOf = (given: unknown = ["SIGTERM", "SIGINT"]): readonly NodeJS.Signals[] => {
  if (!Array.isArray(given)) return refuse("signals", "an array of signals", given);
  for (const signal of given) if (!canBeHeard(signal)) refuse("a signal of signals", "one that a process can listen to, such as SIGTERM", signal);
  return [...new Set(given as NodeJS.Signals[])];
};

const canBeHeard = (signal: unknown): boolean =>
  typeof signal === "string" && Object.hasOwn(constants.signals, signal) && signal !== "SIGKILL" && signal !== "SIGSTOP";

const hooksOf = (given: ShutdownHook | readonly ShutdownHook[] | undefined, fallback: number): readonly Hook[] => {
  if (given === undefined) return [];
  return [given].flat().map((hook, index) => listedHook(hook, index, fallback));
};

const listedHook = (hook: ShutdownHook, index: number, fallback: number): Hook => {
  if (typeof hook === "function") return hookOf(hook.name || `onShutdown ${index + 1}`, hook, {}, fallback);
  if (typeof hook !== "object" || hook === null) return refuse("onShutdown", "a function, { name, run }, or an array of those", hook);
  const { name, run, ...limits } = hook;
  return hookOf(name, run, limits, fallback);
};

/** @throws HealthError for a name, a function or a limit that is not valid */
export const hookOf = (name: unknown, run: unknown, given: unknown, fallback: number): Hook => {
  if (typeof name !== "string" || name === "") return refuse("the name of a hook", "a string that is not empty", name);
  if (typeof run !== "function") return refuse(`run of hook ${JSON.stringify(name)}`, "a function", run);
  const { timeoutMs } = keysOf(`hook ${JSON.stringify(name)}`, given as { timeoutMs?: unknown } | undefined, ["timeoutMs"]);
  return { name, run: run as ShutdownRun, timeoutMs: duration(`timeoutMs of hook ${JSON.stringify(name)}`, timeoutMs, 1, fallback) };
};

const shown = (value: unknown): string => {
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  return typeof value === "function" ? "a function" : String(value).slice(0, 80);
};

/** @throws HealthError `invalid-option`, always */
export const refuse = (option: string, expected: string, value: unknown): never => {
  throw new HealthError("invalid-option", `${option} must be ${expected}; got ${shown(value)}`);
};
