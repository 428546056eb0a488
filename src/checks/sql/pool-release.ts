import { hasMethods } from "../shared/duck.js";

type Emitter = Record<"on" | "removeListener", (event: "release", listener: () => void) => unknown>;

interface Heard {
  readonly listeners: Set<() => void>;
  end(): void;
}

/** The checks of one pool share one listener of it, so that it never has too many. */
const heard = new WeakMap<object, Heard>();

const hear = (pool: Emitter): Heard => {
  const listeners = new Set<() => void>();
  const onRelease = (): void => [...listeners].forEach((listener) => listener());
  const end = (): void => {
    heard.delete(pool);
    pool.removeListener("release", onRelease);
  };
  const hearing = { listeners, end };
  heard.set(pool, hearing);
  pool.on("release", onRelease);
  return hearing;
};

/** Tells each release of a pool that is an emitter, until what it returns is called; `undefined` for any other. */
export const onPoolRelease = (pool: unknown, listener: () => void): (() => void) | undefined => {
  if (!hasMethods(pool, ["on", "removeListener"])) return undefined;
  const { listeners, end } = heard.get(pool as object) ?? hear(pool as Emitter);
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) end();
  };
};
