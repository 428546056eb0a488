import { HealthError, type CheckVerdict } from "probekit";
import { described } from "./duck.js";

/** How bad a measured value is. */
export type Level = CheckVerdict["status"];

/** What values a threshold may have, and how that is said. */
export interface Scale {
  readonly expected: string;
  accepts(value: number): boolean;
}

/** A part of a whole. */
export const fraction: Scale = { expected: "a fraction over 0, at most 1", accepts: (value) => value > 0 && value <= 1 };

/** The longest is that of a timer. */
export const milliseconds: Scale = {
  expected: "a number of milliseconds from 1 to 2147483647",
  accepts: (value) => value >= 1 && value <= 2_147_483_647,
};

/** Whole bytes. */
export const bytes: Scale = { expected: "a whole number of bytes from 1", accepts: (value) => Number.isSafeInteger(value) && value >= 1 };

/** A number on a scale, or `undefined`. */
export const numberOption = (option: string, value: unknown, scale: Scale): number | undefined => {
  if (value === undefined || (typeof value === "number" && scale.accepts(value))) return value;
  const got = typeof value === "number" ? String(value) : described(value);
  throw new HealthError("invalid-option", `${option} must be ${scale.expected}; got ${got}`);
};

/** A pair of thresholds: the names of their options, and what was given. */
interface Pair {
  readonly warn: readonly [option: string, value: unknown];
  readonly error: readonly [option: string, value: unknown];
  readonly scale: Scale;
}

const read = ({ warn, error, scale }: Pair): { warnAt: number | undefined; errorAt: number | undefined } => ({
  warnAt: numberOption(...warn, scale),
  errorAt: numberOption(...error, scale),
});

const refuseOrder = ({ warn, error }: Pair, order: string): never => {
  throw new HealthError("invalid-option", `${error[0]} must be ${order} ${warn[0]}; got ${String(error[1])} and ${String(warn[1])}`);
};

/**
 * Thresholds of what is worse the higher it is. A value that equals one has crossed it. Where only the error's is given
 * and lies under `fallback`, it is the warning's too.
 * @param fallback where it warns unless told otherwise
 * @throws HealthError `invalid-option`, also for an error that comes before its warning
 */
export const rising = (pair: Pair, fallback?: number): ((value: number) => Level) => {
  const { warnAt, errorAt } = read(pair);
  if (warnAt !== undefined && errorAt !== undefined && errorAt < warnAt) refuseOrder(pair, "at least");
  return levelled(warnAt ?? fallback, errorAt, (value, threshold) => value >= threshold);
};

/**
 * Thresholds of what is worse the lower it is. A value that equals one has not crossed it.
 * @throws HealthError `invalid-option`, also for an error that comes before its warning
 */
export const falling = (pair: Pair): ((value: number) => Level) => {
  const { warnAt, errorAt } = read(pair);
  if (warnAt !== undefined && errorAt !== undefined && errorAt > warnAt) refuseOrder(pair, "at most");
  return levelled(warnAt, errorAt, (value, threshold) => value < threshold);
};

type Crosses = (value: number, threshold: number) => boolean;

const levelled = (warnAt: number | undefined, errorAt: number | undefined, crosses: Crosses) => (value: number): Level => {
  if (errorAt !== undefined && crosses(value, errorAt)) return "error";
  return warnAt !== undefined && crosses(value, warnAt) ? "warn" : "ok";
};

/** One measured value, and the sentence that names it. */
export interface Measured {
  readonly level: Level;
  readonly message: string;
}

const severity: readonly Level[] = ["ok", "warn", "error"];

/** The verdict on some measured values: the worst of them, in the sentences of all that are as bad. */
export const verdictOn = (measured: readonly Measured[], data: unknown): CheckVerdict => {
  const status = severity.findLast((level) => measured.some((value) => value.level === level)) ?? "ok";
  if (status === "ok") return { status, data };
  const message = measured.filter(({ level }) => level === status).map((value) => value.message);
  return { status, message: message.join("; "), data };
};

/** A fraction as people read it, never rounded over a threshold that it has not reached. */
export const percent = (value: number): string => `${Math.floor(value * 1000 + 1e-9) / 10} %`;

/** A measured value to so many places, as data shows it. */
export const rounded = (value: number, places: number): number => Number(value.toFixed(places));
