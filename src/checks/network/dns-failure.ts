import { member } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";

/** What an error of a question to DNS means; the host stands in its message, and is not repeated. */
export const kindOfDns = (error: unknown): string | undefined => {
  const code = member(error, "code");
  return typeof code === "string" ? (kindOf({ code }) ?? `DNS: the look-up failed (${code})`) : undefined;
};
