import { hasMethods, isClass } from "./duck.js";
import { quietly } from "./under-signal.js";

/**
 * The client that a run uses. A connection that the application replaces when it dies may come as a function that
 * returns the present one; that is asked at each run, and what it returns is validated then.
 * @param isClient whether it is a client itself, for one that is callable
 * @param validate returns the client, or throws for anything else
 * @throws what `validate` throws, at once, unless a function was given that is no class
 */
export const currentOf = <C>(given: unknown, isClient: (value: unknown) => boolean, validate: (value: unknown) => C): (() => C) => {
  if (typeof given !== "function" || isClass(given) || isClient(given)) {
    const client = validate(given);
    return () => client;
  }
  let promised = false;
  return () => {
    const value = promised ? undefined : (given as () => unknown)();
    // It opens a connection at each call: one is enough. What the promise comes to, nobody else hears.
    if (hasMethods(value, ["then"])) {
      promised = true;
      quietly(() => value);
    }
    if (promised) throw new Error("not connected: the function returned a promise; return the connection itself");
    return present(value, validate);
  };
};

const present = <C>(value: unknown, validate: (value: unknown) => C): C => {
  if (value === undefined || value === null) throw new Error(`not connected: the function returned ${String(value)}`);
  return validate(value);
};
