import { member } from "../shared/duck.js";
import { networkFailureOf } from "./network-failure.js";

const kinds: Readonly<Record<string, string>> = {
  HPE_INVALID_EOF_STATE: "connection lost",
  HPE_HEADER_OVERFLOW: "the answer's headers are too long",
};

// Node's HTTP parser has a code for everything that no answer may hold.
const ofParser = (error: unknown): string | undefined => {
  const code = String(member(error, "code"));
  return code.startsWith("HPE_") ? `${kinds[code] ?? "the answer is not HTTP/1"} (${code})` : undefined;
};

/** An error that names the kind of a request's failure without host and credentials, with that failure as its cause. */
export const httpFailureOf = (error: unknown): Error => networkFailureOf(error, ofParser);
