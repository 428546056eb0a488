import { HealthError } from "probekit";
import { described } from "./duck.js";

/** The greatest delay a timer holds; Node fires a longer one after 1 ms. */
const longest = 2_147_483_647;

/** How much of a text is looked at; a message shows less. */
const lookedAt = 1000;

/** Masks `user:secret@` in every URL, rather a host too much than half a secret: a password may hold any character. */
const masked = (text: string): string => {
  // A URL that the cut went through may have lost its "@": one is lent to it.
  const part = text.length > lookedAt ? `${text.slice(0, lookedAt)}@` : text;
  return part.replace(/(:\/\/)\S*@/g, "$1***@");
};

const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(masked(value).slice(0, 80));
  if (typeof value === "function") return "a function";
  if (Array.isArray(value)) return "an array";
  return typeof value === "object" && value !== null ? described(value) : String(value);
};

const isPlain = (value: object): boolean => !Array.isArray(value) && !(value instanceof Map || value instanceof Set);

const refuse = (option: string, expected: string, value: unknown): never => {
  throw new HealthError("invalid-option", `${option} must be ${expected}; got ${shown(value)}`);
};

/** A check's options: an object that holds none but the known ones; `undefined` means none, and of an option its default. */
export const optionsOf = <T extends object>(check: string, value: T | undefined, known: readonly string[]): Partial<T> => {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null || !isPlain(value)) return refuse(`the options of ${check}`, "an object", value);
  const stranger = Object.keys(value).find((key) => !known.includes(key) && value[key as keyof T] !== undefined);
  if (stranger === undefined) return value;
  const has = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  throw new HealthError("unknown-option", `${check} has no option ${shown(stranger)}; ${has}`);
};

/** Milliseconds from 1 to 2147483647, or the default. */
export const durationOption = <D>(option: string, value: unknown, fallback: D): number | D => {
  if (value === undefined) return fallback;
  if (typeof value === "number" && value >= 1 && value <= longest) return value;
  return refuse(option, `a number of milliseconds from 1 to ${longest}`, value);
};

/** `true` or `false`, or the default. */
export const booleanOption = (option: string, value: unknown, fallback: boolean): boolean => {
  if (value === undefined || typeof value === "boolean") return value ?? fallback;
  throw new HealthError("invalid-option", `${option} must be true or false; got ${described(value)}`);
};

/** One of some words, or the default. */
export const wordOption = <T extends string>(option: string, value: unknown, words: readonly T[], fallback: T): T => {
  if (value === undefined) return fallback;
  if (words.includes(value as T)) return value as T;
  return refuse(option, words.map((word) => `"${word}"`).join(" or "), value);
};

/** A text that is not empty, or the default. */
export const textOption = (option: string, value: unknown, fallback: string): string => {
  if (value === undefined) return fallback;
  if (typeof value === "string" && value.trim() !== "") return value;
  return refuse(option, "a string that is not empty", value);
};
