import { HealthError, shown } from "./errors.js";
import type { HealthEvents } from "./types.js";

/** The listeners of one health. */
export type Listeners = { readonly [E in keyof HealthEvents]: Set<(event: HealthEvents[E]) => void> };

/** No listeners yet. */
export const newListeners = (): Listeners => ({ change: new Set(), result: new Set(), lifecycle: new Set(), registration: new Set() });

/** @throws HealthError `unknown-event` or `invalid-option` */
export const subscribe = <E extends keyof HealthEvents>(
  listeners: Listeners,
  event: E,
  listener: (event: HealthEvents[E]) => void,
): (() => void) => {
  if (!Object.hasOwn(listeners, event)) throw new HealthError("unknown-event", `there is no event ${shown(event)}; there are "change", "result", "lifecycle" and "registration"`);
  if (typeof listener !== "function") throw new HealthError("invalid-option", `a listener must be a function; got ${shown(listener)}`);
  // Its own function for each subscription: subscribing one listener twice calls it twice.
  const own = (payload: HealthEvents[E]) => listener(payload);
  listeners[event].add(own);
  return () => void listeners[event].delete(own);
};

/** Calls every listener with a frozen event; what one throws, now or later, is handed on and harms no other. */
export const emit = <E extends keyof HealthEvents>(
  listeners: Listeners,
  event: E,
  payload: HealthEvents[E],
  onError: (error: unknown, listener: object) => void,
): void => {
  if (listeners[event].size === 0) return;
  Object.freeze(payload);
  // A copy: one that subscribes while it is called must not be called by the same event; one that is taken off must not either.
  const current = [...listeners[event]];
  for (const listener of current) {
    if (!listeners[event].has(listener)) continue;
    try {
      Promise.resolve(listener(payload)).catch((error: unknown) => onError(error, listener));
    } catch (error) {
      onError(error, listener);
    }
  }
};
