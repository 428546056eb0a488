import { HealthError, shown } from "./errors.js";

/** The greatest delay a timer holds; Node fires a longer one after 1 ms. */
const longest = 2_147_483_647;

const refuse = (option: string, expected: string, value: unknown): never => {
  throw new HealthError("invalid-option", `${option} must be ${expected}; got ${shown(value)}`);
};

/** Milliseconds from `least` to 2147483647, or the default. */
export const duration = <D>(option: string, value: unknown, least: 0 | 1, fallback: D): number | D => {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= least && value <= longest) return value;
  return refuse(option, `a number of milliseconds from ${least} to ${longest}`, value);
};

/** A whole number from 1, or the default. */
export const count = <D>(option: string, value: unknown, fallback: D): number | D => {
  if (value === undefined) return fallback;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 1) return value;
  return refuse(option, "a whole number from 1", value);
};

/** One of some words, or the default. */
export const oneOf = <T extends string>(option: string, value: unknown, words: readonly T[], fallback: T): T => {
  if (value === undefined) return fallback;
  if (words.includes(value as T)) return value as T;
  return refuse(option, words.map((word) => `"${word}"`).join(" or "), value);
};

/** A value of one JavaScript type, or the default. */
export const ofType = <T, D>(option: string, value: unknown, type: "string" | "boolean" | "function", fallback: D): T | D => {
  if (value === undefined) return fallback;
  if (typeof value === type) return value as T;
  return refuse(option, `a ${type}`, value);
};

/** An object of options; with `known`, of no others. */
export const optionsObject = <T extends object>(owner: string, value: unknown, known?: readonly string[]): T => {
  if (value === undefined) return {} as T;
  if (typeof value !== "object" || value === null) return refuse(`the options of ${owner}`, "an object", value);
  const stranger = known && Object.keys(value).find((key) => !known.includes(key));
  if (stranger === undefined) return value as T;
  throw new HealthError("unknown-option", `${owner} has no option ${shown(stranger)}; it has ${known?.join(", ")}`);
};

export { refuse };
