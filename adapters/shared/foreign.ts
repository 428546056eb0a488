import { HealthError } from "probekit";

const member = (value: unknown, key: string): unknown => {
  const holds = (typeof value === "object" && value !== null) || typeof value === "function";
  return holds ? (value as Record<string, unknown>)[key] : undefined;
};

/** Whether all of these are methods of what another library made. */
export const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  names.every((name) => typeof member(value, name) === "function");

const described = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (hasMethods(value, ["then"])) return "a promise; await it first";
  if (typeof value !== "object") return `a ${typeof value}`;
  const maker = member(member(value, "constructor"), "name");
  return typeof maker === "string" && maker !== "" && maker !== "Object" ? `an object made by ${maker}` : "an object";
};

/** Throws the typed error of an option that should be something of another library, and is not. */
export const refuseForeign = (option: string, expected: string, got: unknown): never => {
  throw new HealthError("invalid-option", `${option} must be ${expected}; got ${described(got)}`);
};
