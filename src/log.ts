import { boundedText, maskCredentials, oneLine, safeText } from "./bounded.js";
import { defined } from "./defined.js";
import type { LogEntry, LoggedError, Logger } from "./types.js";

/** A cause of a cause of a cause; deeper ones are left out. */
const deepestCause = 4;

const causes = ({ cause }: Pick<LoggedError, "cause">): string =>
  cause === undefined ? "" : `; caused by ${cause.code ?? cause.name}: ${cause.message}${causes(cause)}`;

/** The default: one line to the console's stream of that level, causes and all; debug entries are left out. */
export const consoleLogger: Logger = ({ level, message, error }) => {
  if (level !== "debug") console[level](oneLine(`probekit: ${message}${error ? causes(error) : ""}`));
};

/** Calls a logger; what it throws, now or later, is its own affair. */
export const logTo = (logger: Logger, entry: LogEntry): void => {
  try {
    Promise.resolve(logger(entry)).catch(() => {});
  } catch {
    // A logger that fails must not take a health report with it.
  }
};

const read = (error: object, key: string): unknown => {
  try {
    return (error as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
};

const text = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" ? maskCredentials(String(value)).slice(0, 8192) : undefined;

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

/** An error's name, message, code, stack and cause, and no other property; credentials masked. */
export const loggedError = (error: unknown, depth = 0): LoggedError => {
  if (!isObject(error)) return { name: "NonError", message: boundedText(safeText(error)) };
  const cause = depth < deepestCause ? read(error, "cause") : undefined;
  return defined({
    name: text(read(error, "name")) || "Error",
    message: boundedText(errorText(error)),
    code: text(read(error, "code")),
    stack: text(read(error, "stack")),
    cause: cause === undefined ? undefined : loggedError(cause, depth + 1),
  });
};

/** What an error says: its message, else that of its first inner error, else its code or name. Never throws. */
export const errorText = (error: unknown): string => {
  if (!isObject(error)) return safeText(error);
  const said = read(error, "message") || innerMessage(error) || read(error, "code") || read(error, "name");
  return typeof said === "string" ? said : safeText(error);
};

// Node's connect error for a host of several addresses has an empty message of its own.
const innerMessage = (error: object): unknown => {
  const errors = read(error, "errors");
  const first = isObject(errors) ? read(errors, "0") : undefined;
  return isObject(first) ? read(first, "message") : undefined;
};
