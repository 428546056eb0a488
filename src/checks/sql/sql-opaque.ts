import type { Check, CheckVerdict } from "probekit";
import { member } from "../shared/duck.js";
import { failureOf, kindOf, type KindOf } from "../shared/failure.js";
import { optionsOf, textOption, wordOption } from "../shared/options.js";
import { patientQuestion } from "../shared/patient-question.js";
import { stuckAfter, type OnPoolExhausted } from "../shared/saturation.js";
import type { SqlCheckOptions } from "./sql-check.js";
import { kindOfSqlite } from "./sqlite-failure.js";

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
 * A pool that the client calls full for ten timeouts, with no answer between, is stuck: its server may be dead.
 * @throws HealthError `invalid-option` or `unknown-option`
 */
export const sqlOpaqueCheck = (check: string, client: SqlOpaque, options: SqlOpaqueOptions | undefined): Check => {
  const given = optionsOf(check, options, ["onPoolExhausted", "query"]);
  const sql = textOption("query", given.query, client.question);
  const pool = exhaustion(wordOption("onPoolExhausted", given.onPoolExhausted, ["warn", "error"], "warn"));
  const ask = patientQuestion(async () => {
    await client.ask(sql);
    pool.over();
  });
  const more = moreOf(client.kindOf);
  return async ({ signal, timeoutMs }) => {
    const why = client.notConnected?.();
    if (why !== undefined) return { status: "error", message: `not connected: ${why}` };
    try {
      await ask(signal, timeoutMs);
      return undefined;
    } catch (error) {
      if (signal.aborted) throw error;
      const kind = kindOf(error, more);
      if (kind?.startsWith("pool exhausted") === true) return pool.exhausted(kind, timeoutMs);
      pool.over();
      throw failureOf(error, more);
    }
  };
};

// pg's pool says it of one whose connections are all in use or being opened.
const waitedInVain = /timeout exceeded when trying to connect/;

/** What the errors of a client mean beyond the common ones: of an SQLite behind it, of a pool that lent nothing in its own time. */
const moreOf = (own: KindOf = () => undefined): KindOf => (error) => {
  const kind = own(error) ?? kindOfSqlite(error);
  return kind ?? (waitedInVain.test(String(member(error, "message"))) ? "pool exhausted" : undefined);
};

interface Exhaustion {
  exhausted(kind: string, timeoutMs?: number): CheckVerdict;
  over(): void;
}

// The client's own word for a full pool is all that is seen of it: neither its level nor its releases.
const exhaustion = (status: OnPoolExhausted): Exhaustion => {
  let since: number | undefined;
  return {
    over: () => {
      since = undefined;
    },
    exhausted: (kind, timeoutMs) => {
      since ??= performance.now();
      const fullForMs = Math.round(performance.now() - since);
      const isStuck = fullForMs >= stuckAfter(undefined, timeoutMs);
      return isStuck ? { status: "error", message: `pool stuck: no connection for ${fullForMs} ms` } : { status, message: kind };
    },
  };
};
