import type { Health } from "probekit";

const inner = Symbol.for("probekit.inner");

/** What a health was made with; src/inner.ts has the whole. */
interface Inner {
  wallNow(): number;
}

/** Tells the time by a health's own clock, in Unix seconds. */
export const wallSeconds = (health: Health): (() => number) => {
  const { wallNow } = (health as unknown as { readonly [inner]: Inner })[inner];
  return () => wallNow() / 1000;
};
