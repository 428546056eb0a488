import { member } from "./duck.js";
import { kindOf } from "./failure.js";

/** https://nodejs.org/docs/latest-v20.x/api/dns.html#error-codes */
const kinds: Readonly<Record<string, string>> = {
  ENODATA: "the name has no record of that type",
  ESERVFAIL: "the server failed",
  EREFUSED: "the server refused the question",
  ENOTIMP: "the server can't answer such a question",
  EFORMERR: "the server did not understand the question",
  EBADRESP: "the server's answer is malformed",
  EBADNAME: "the name is malformed",
};

/** What an error of a question to DNS means; the host stands in its message, and is not repeated. */
export const kindOfDns = (error: unknown): string | undefined => {
  const code = member(error, "code");
  if (typeof code !== "string") return undefined;
  if (Object.hasOwn(kinds, code)) return `DNS: ${kinds[code]} (${code})`;
  return kindOf({ code }) ?? `DNS: the look-up failed (${code})`;
};
