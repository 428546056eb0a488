import { createHealth, HealthError, type Health, type LogEntry, type LoggedError } from "probekit";

/** What the shutdown needs of a health beyond its public methods; src/inner.ts has the whole. */
interface Inner {
  log(entry: LogEntry): void;
  problem(message: string, error?: unknown): void;
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
export const tell = (health: Health, level: LogEntry["level"], message: string, error?: unknown): void => {
  const entry: LogEntry = { level, event: "shutdown", message };
  const logged = error === undefined ? undefined : asLogged(error);
  innerOf(health).log(logged === undefined ? entry : { ...entry, error: logged });
};

// The core alone knows how an error is masked and bounded; a health that logs to here shows it.
const asLogged = (error: unknown): LoggedError | undefined => {
  const entries: LogEntry[] = [];
  innerOf(createHealth({ logger: (entry) => void entries.push(entry) })).problem("", error);
  return entries[0]?.error;
};
