import { hasMethods } from "./duck.js";

type Emitter = Record<"on" | "removeListener", (event: string, listener: () => void) => unknown>;

interface Heard {
  readonly listeners: Set<() => void>;
  end(): void;
}

/** The checks of one pool share one listener of it, so that it never has too many. */
const heard = new WeakMap<object, Heard>();

const hear = (pool: Emitter, event: string): Heard => {
  const listeners = new Set<() => void>();
  const onRelease = (): void => [...listeners].forEach((listener) => listener());
  const end = (): void => {
    heard.delete(pool);
    pool.removeListener(event, onRelease);
  };
  const hearing = { listeners, end };
  heard.set(pool, hearing);
  pool.on(event, onRelease);
  return hearing;
};

/**
 * Tells each release of a pool that is an emitter, until what it returns is called; `undefined` for any other.
 * @param event what the pool calls a release
 */
export const onPoolRelease = (pool: unknown, listener: () => void, event = "release"): (() => void) | undefined => {
  if (!hasMethods(pool, ["on", "removeListener"])) return undefined;
  const { listeners, end } = heard.get(pool as object) ?? hear(pool as Emitter, event);
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) end();
  };
};
