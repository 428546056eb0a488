import type { Check, CheckVerdict } from "probekit";
import { failureOf, kindOf, type KindOf } from "./failure.js";
import { optionsOf, textOption, wordOption } from "./options.js";
import { patientQuestion } from "./patient-question.js";
import type { OnPoolExhausted } from "./saturation.js";
import type { SqlCheckOptions } from "./sql-check.js";

/** A client that is asked through its own front door: its pool can't be seen, and a question can't be taken back. */
export interface SqlOpaque {
  /** The smallest question of its dialect. */
  readonly question: string;
  /** Why it can't be asked; `undefined` where it can. */
  notConnected?(): string | undefined;
  ask(sql: string): unknown;
  /** What its errors mean beyond the common ones. */
  readonly kindOf?: KindOf;
}

/** The options that such a client leaves. */
export type SqlOpaqueOptions = Pick<SqlCheckOptions, "onPoolExhausted" | "query">;

/**
 * Asks the smallest question of a client that can't be interrupted: a run that times out leaves its question there, and
 * the next waits for the same one, so that a server that hangs holds one connection of the pool and not all of them.
 * @throws HealthError `invalid-option` or `unknown-option`
 */
export const sqlOpaqueCheck = (check: string, client: SqlOpaque, options: SqlOpaqueOptions | undefined): Check => {
  const given = optionsOf(check, setIn(options), ["onPoolExhausted", "query"]);
  const sql = textOption("query", given.query, client.question);
  const onPoolExhausted = wordOption("onPoolExhausted", given.onPoolExhausted, ["warn", "error"], "warn");
  const ask = patientQuestion(() => client.ask(sql));
  return async ({ signal, timeoutMs }) => {
    const why = client.notConnected?.();
    if (why !== undefined) return { status: "error", message: `not connected: ${why}` };
    try {
      await ask(signal, timeoutMs);
      return undefined;
    } catch (error) {
      return saturated(error, client.kindOf, onPoolExhausted);
    }
  };
};

// An option of a pool that is undefined is the default, even where there is no pool.
const setIn = <T extends object>(options: T | undefined): T | undefined => {
  if (typeof options !== "object" || options === null) return options;
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
};

// The client's own word for a full pool, where it has one.
const saturated = (error: unknown, more: KindOf | undefined, status: OnPoolExhausted): CheckVerdict => {
  const kind = kindOf(error, more);
  if (kind?.startsWith("pool exhausted") !== true) throw failureOf(error, more);
  return { status, message: kind };
};
