import { HealthError } from "probekit";

/** What a property of anything holds; `undefined` where there is none or reading it throws. */
export const member = (value: unknown, key: string): unknown => {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return undefined;
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
};

/** Whether all of these are methods of a value. */
export const hasMethods = (value: unknown, names: readonly string[]): boolean =>
  names.every((name) => typeof member(value, name) === "function");

/** A figure that a client tells; 0 for anything but a number. */
export const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

/** Whether a value is a class, which makes clients and is none. */
export const isClass = (value: unknown): boolean => typeof value === "function" && /^class\b/.test(Function.prototype.toString.call(value));

/** What came instead of a client, in a few words and without any of its contents. */
export const described = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (hasMethods(value, ["then"]) && !hasMethods(value, ["ping"])) return "a promise; await it first";
  if (isClass(value)) return "a class; hand over what it makes";
  if (typeof value === "function") return "a function";
  if (typeof value !== "object") return `a ${typeof value}`;
  const maker = member(member(value, "constructor"), "name");
  return typeof maker === "string" && maker !== "" && maker !== "Object" ? `an object made by ${maker}` : "an object";
};

/** Throws the typed error of a check that was handed something else. */
export const refuseClient = (check: string, expected: string, got: string): never => {
  throw new HealthError("invalid-client", `${check} takes ${expected}; got ${got}`);
};
