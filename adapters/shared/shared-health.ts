import { createHandler, HealthError, type Health } from "probekit";

/**
 * The one health of a process and key, because Next evaluates a module once for each of its bundles
 * (`instrumentation.ts`, App Router, Pages Router) and they share nothing but `globalThis`. The first call makes it;
 * what a factory throws is passed on and nothing is kept. In `next dev` an edited factory counts after a restart.
 * @param key not empty
 * @throws HealthError when the key is not a string or empty, or the factory makes no health
 * @example
 * export const health = sharedHealth("orders", () => {
 *   const made = createHealth({ service: "orders" });
 *   made.register("database", knexCheck(db));
 *   return made;
 * });
 */
export const sharedHealth = (key: string, factory: () => Health): Health => {
  if (typeof key !== "string" || key === "") {
    throw new HealthError("invalid-option", `key must be a string that is not empty; got ${key === "" ? '""' : typeof key}`);
  }
  if (typeof factory !== "function") throw new HealthError("invalid-option", `factory must be a function; got ${typeof factory}`);
  const shared = globalThis as unknown as Record<symbol, Health | undefined>;
  const name = Symbol.for(`probekit.health.${key}`);
  return (shared[name] ??= checked(factory()));
};

const checked = (health: Health): Health => {
  createHandler(health);
  return health;
};
