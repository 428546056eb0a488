import { HealthError, type Health, type LogEntry } from "probekit";

/** What the shutdown needs of a health beyond its public methods; src/inner.ts has the whole. */
interface Inner {
  log(entry: LogEntry, error?: unknown): void;
}

const inner = Symbol.for("probekit.inner");

const innerOf = (health: Health): Inner => {
  const found = typeof health === "object" && health !== null ? (health as { [inner]?: Inner })[inner] : undefined;
  if (found !== undefined) return found;
  throw new HealthError("invalid-health", "a shutdown needs a health made by createHealth");
};

/** @throws HealthError `invalid-health` for anything but a health made by `createHealth` */
export const checkHealth = (health: Health): void => void innerOf(health);

/** Tells the health's logger of a step of the shutdown; `error` as every log entry shows one, credentials masked. Never throws. */
export const tell = (health: Health, level: LogEntry["level"], message: string, error?: unknown): void =>
  innerOf(health).log({ level, event: "shutdown", message }, error);
