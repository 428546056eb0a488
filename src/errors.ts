import { maskCredentials } from "./bounded.js";

const brand = Symbol.for("probekit.HealthError");

/** What was done wrong, for programs; the message says it for people. */
export type HealthErrorCode =
  | "duplicate-name"
  | "invalid-name"
  | "invalid-check"
  | "invalid-option"
  | "invalid-client"
  | "invalid-health"
  | "unknown-event"
  | "unknown-option"
  | "unknown-probe";

/**
 * A programmer error, thrown where it is made: at `createHealth`, `register` or mount.
 * Recognise it with {@link isHealthError}; `instanceof` fails across the ESM and CJS copies of a package.
 */
export class HealthError extends Error {
  override readonly name = "HealthError";
  readonly code: HealthErrorCode;
  readonly [brand] = true;

  constructor(code: HealthErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Whether this is a {@link HealthError}, from whichever copy of the package. */
export const isHealthError = (error: unknown): error is HealthError =>
  typeof error === "object" && error !== null && brand in error;

const quoted = (text: string): string => JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);

/** A value as an error message shows it: short, credentials masked, and never throwing. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return quoted(maskCredentials(value));
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null) return "an object";
  return typeof value === "bigint" ? `${value}n` : String(value);
};
