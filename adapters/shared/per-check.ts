import type { Health, Report } from "probekit";

/** Something kept for each check, and forgotten with it. */
export interface PerCheck<T> {
  /** What is kept for a check; made if there is none. */
  at(name: string): T;
  /** What is kept for a check, if there is anything. */
  get(name: string): T | undefined;
  /** Forgets what no check of this report owns. */
  keep(checks: Report["checks"]): void;
  clear(): void;
}

/** How many are kept before anything is looked through. */
const few = 128;

/** Nothing kept yet. Names that come and go unread are forgotten each time that there are twice as many as were worth keeping. */
export const perCheck = <T>(health: Health, make: () => T): PerCheck<T> => {
  const kept = new Map<string, T>();
  let most = few;
  const keep = (checks: Report["checks"]): void => {
    for (const name of kept.keys()) if (!Object.hasOwn(checks, name)) kept.delete(name);
    most = Math.max(few, 2 * kept.size);
  };
  const add = (name: string): T => {
    if (kept.size >= most) keep(health.snapshot().checks);
    const made = make();
    kept.set(name, made);
    return made;
  };
  return { at: (name) => kept.get(name) ?? add(name), get: (name) => kept.get(name), keep, clear: () => kept.clear() };
};
