import { HealthError, shown } from "./errors.js";
import type { Scope, View } from "./report.js";
import type { LogEntry, Probe } from "./types.js";

/**
 * Where a health keeps what a handler needs beyond the public methods. A registered symbol, because a health made
 * by the package's ESM copy may reach its CJS copy; so this interface only ever grows.
 */
export const inner = Symbol.for("probekit.inner");

/** What a handler needs of a health. */
export interface Inner {
  /** As `report`, but synchronous whenever nothing is due; the same view object for as long as nothing changes. */
  evaluate(scope: Scope, exclude?: ReadonlySet<string>): View | Promise<View>;
  /** One check alone; `undefined` when the probe does not hold it. */
  evaluateOne(probe: Probe, name: string, exclude?: ReadonlySet<string>): View | Promise<View> | undefined;
  readonly service: string | undefined;
  readonly version: string | undefined;
  wallNow(): number;
  /** Whether the service drains or is closed. */
  isLeaving(): boolean;
  /** Tells the log a whole entry; `error` in it is what was thrown, as the log shows it. */
  log(entry: LogEntry, error?: unknown): void;
  /** Tells the log of something that was misused. */
  problem(message: string, error?: unknown): void;
}

/** @throws HealthError `invalid-health` */
export const innerOf = (health: unknown): Inner => {
  const found = typeof health === "object" && health !== null ? (health as { [inner]?: Inner })[inner] : undefined;
  if (found !== undefined) return found;
  throw new HealthError("invalid-health", `a mount needs a health made by createHealth; got ${shown(health)}`);
};
