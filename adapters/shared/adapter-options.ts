import { createHandler, HealthError, type Health } from "probekit";

/** @throws HealthError `invalid-health` for anything but a health made by `createHealth` */
export const checkHealth = (health: Health): void => void createHandler(health);

/** @throws HealthError `unknown-option` for a key that is none of the known, `invalid-option` for anything but an object */
export const knownOptions = <Options extends object>(owner: string, given: Options | undefined, known: readonly (keyof Options & string)[]): Partial<Options> => {
  if (given === undefined) return {};
  if (typeof given !== "object" || given === null) refuse(`${owner}'s options`, "an object", given);
  const stranger = Object.keys(given).find((key) => !(known as readonly string[]).includes(key));
  if (stranger === undefined) return given;
  throw new HealthError("unknown-option", `${owner} has no option ${JSON.stringify(stranger)}; it has ${known.join(", ")}`);
};

const shown = (value: unknown): string => (typeof value === "object" || typeof value === "function" ? typeof value : String(value));

/** @throws HealthError `invalid-option`, always */
export const refuse = (option: string, expected: string, value: unknown): never => {
  throw new HealthError("invalid-option", `${option} must be ${expected}; got ${value === null ? "null" : shown(value).slice(0, 80)}`);
};
