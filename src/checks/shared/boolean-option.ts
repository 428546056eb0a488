import { HealthError } from "probekit";
import { described } from "./duck.js";

/** `true` or `false`, or the default. */
export const booleanOption = (option: string, value: unknown, fallback: boolean): boolean => {
  if (value === undefined || typeof value === "boolean") return value ?? fallback;
  throw new HealthError("invalid-option", `${option} must be true or false; got ${described(value)}`);
};
