import type { Health } from "probekit";

/** Something kept for each check, from its registration to its removal. */
export interface PerCheck<T> {
  /** What is kept for a check; nothing once it is removed. */
  get(name: string): T | undefined;
  /** What is kept for a check that is there, of which nothing may have been told yet. */
  at(name: string): T;
  /** Takes in what is registered and removed from now on; returns what ends that. */
  follow(): () => void;
}

/** Kept for the checks that there are now. One that is registered again begins anew. */
export const perCheck = <T>(health: Health, make: (name: string) => T): PerCheck<T> => {
  const kept = new Map(Object.keys(health.snapshot().checks).map((name) => [name, make(name)]));
  const add = (name: string): T => {
    const made = make(name);
    kept.set(name, made);
    return made;
  };
  const follow = () => health.on("registration", ({ name, registered }) => void (registered ? add(name) : kept.delete(name)));
  return { get: (name) => kept.get(name), at: (name) => kept.get(name) ?? add(name), follow };
};
