/**
 * The client that a run uses. A connection that the application replaces when it dies may come as a function that
 * returns the present one; that is asked at each run, and what it returns is validated then.
 * @param isClient whether it is a client itself, for one that is callable
 * @param validate returns the client, or throws for anything else
 * @throws what `validate` throws, at once, unless a function was given
 */
export const currentOf = <C>(given: unknown, isClient: (value: unknown) => boolean, validate: (value: unknown) => C): (() => C) => {
  if (typeof given !== "function" || isClient(given)) {
    const client = validate(given);
    return () => client;
  }
  return () => present((given as () => unknown)(), validate);
};

const present = <C>(value: unknown, validate: (value: unknown) => C): C => {
  if (value === undefined || value === null) throw new Error(`not connected: the function returned ${String(value)}`);
  return validate(value);
};
