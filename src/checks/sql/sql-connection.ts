import type { Check } from "probekit";
import { failureOf } from "../shared/failure.js";
import { optionsOf, textOption } from "../shared/options.js";
import { sharedQuestion } from "../shared/shared-question.js";

/** One connection, or a client whose pool can't be seen, as a check that asks SQL sees it. */
export interface SqlConnection<C> {
  readonly question: string;
  /** The one that this run uses; throws where there is none. */
  current(): C;
  /** Why it can't be asked; `undefined` where it can. */
  notConnected(client: C): string | undefined;
  ask(client: C, sql: string): PromiseLike<unknown> | unknown;
}

/**
 * Asks the smallest question over a connection that is the application's only one, so that it is never cut: at most one
 * question is out, whatever the number of runs that time out meanwhile.
 * @throws HealthError `invalid-option` or `unknown-option`
 */
export const sqlConnectionCheck = <C extends object>(check: string, connection: SqlConnection<C>, options: { readonly query?: string | undefined } | undefined): Check => {
  const sql = textOption("query", optionsOf(check, options, ["query"]).query, connection.question);
  const ask = sharedQuestion((client: C) => connection.ask(client, sql));
  return async ({ signal }) => {
    const client = connection.current();
    const why = connection.notConnected(client);
    if (why !== undefined) return { status: "error", message: `not connected: ${why}` };
    try {
      await ask(client, signal);
      return undefined;
    } catch (error) {
      throw failureOf(error);
    }
  };
};
