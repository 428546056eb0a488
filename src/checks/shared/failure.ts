import { member } from "./duck.js";
import { kindOfCode } from "./failure-codes.js";

const tlsCode = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_)/;

/** What drivers say without a code. */
const kindOfText: readonly (readonly [RegExp, string])[] = [
  [/Unable to acquire a connection/, "not connected: the client has no pool of connections; it was destroyed, or made without a connection"],
  [/[Cc]onnection is closed|client is closed|client is offline|isn't writeable/, "not connected"],
  [/max_statement_time exceeded/, "timed out: the server cancelled the query"],
  [/query_wait_timeout/, "timed out: PgBouncer had no connection to the server"],
  [/[Cc]onnection timeout|timeout expired|timeout exceeded when|[Rr]ead timeout|operation timed out|[Cc]ommand timed out/, "timed out"],
  [/Connection terminated|Socket closed|Connection ended|[Cc]onnection lost|^Disconnects client$/, "connection lost"],
  [/SASL|password must be/, "authentication failed"],
  [/AUTH .* without any password configured/, "authentication failed: the server has no password, and the client sends one"],
  [/this account is locked/, "authentication failed: the account is locked"],
  [/does not support SSL|ssl\/tls/i, "TLS failed"],
  [/Queue limit reached|No connections available/, "pool exhausted"],
  [/Unknown RESP type|as reply type byte/, "the server doesn't speak Redis's protocol"],
  [/max number of clients reached/, "the server takes no more connections"],
];

const redisCode = /\b(?:NOAUTH|WRONGPASS|NOPERM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MISCONF|BUSY|DENIED)\b/;

const ofCode = (code: unknown): string | undefined => {
  if (typeof code !== "string") return undefined;
  const kind = Object.hasOwn(kindOfCode, code) ? kindOfCode[code] : undefined;
  return kind ?? (tlsCode.test(code) ? "TLS failed" : undefined);
};

const named = (code: unknown): string | undefined => {
  const kind = ofCode(code);
  return kind === undefined ? undefined : `${kind} (${String(code)})`;
};

const ofText = (message: unknown): string | undefined => {
  if (typeof message !== "string") return undefined;
  return named(redisCode.exec(message)?.[0]) ?? kindOfText.find(([pattern]) => pattern.test(message))?.[1];
};

const isWord = (value: unknown): value is string => typeof value === "string" && /^\w{1,60}$/.test(value);

// A code that is not known is named alone, where the message beside it has the host or the user: MySQL's, MariaDB's (of which
// drivers may know the SQLSTATE alone) and the system's.
const ofUnknown = (error: unknown): string | undefined => {
  const [code, state, syscall] = ["code", "sqlState", "syscall"].map((key) => member(error, key));
  if (isWord(code) && code.startsWith("ER_")) return `the server refused the question (${code})`;
  if (isWord(state)) return `the server refused the question (${state})`;
  return isWord(code) && isWord(syscall) ? `${syscall} failed (${code})` : undefined;
};

/** Where drivers keep the error behind an error. */
const inner = (error: unknown): unknown[] => [
  member(member(error, "errors"), "0"),
  member(error, "cause"),
  member(error, "originalError"),
  member(error, "lastNodeError"),
];

/**
 * The kind of a driver's error in one sentence, with its code where it has one: refused, timed out, authentication,
 * DNS, TLS, connection lost, not connected. `undefined` for what is none of these. Holds no credentials and no hosts.
 */
export const kindOf = (error: unknown, more: KindOf = () => undefined): string | undefined => kindAt(error, more, 0);

/** What one library's errors mean beyond the common ones; asked before them, of each error in the chain. */
export type KindOf = (error: unknown) => string | undefined;

const kindAt = (error: unknown, more: KindOf, depth: number): string | undefined => {
  if (error === undefined || error === null || depth > 3) return undefined;
  const own = more(error) ?? named(member(error, "code")) ?? ofText(member(error, "message"));
  if (own !== undefined) return own;
  for (const behind of inner(error)) {
    const kind = kindAt(behind, more, depth + 1);
    if (kind !== undefined) return kind;
  }
  return ofUnknown(error);
};

/** An error that names the kind of a driver's failure, with that failure as its cause; one of no known kind as it is. */
export const failureOf = (error: unknown, more?: KindOf): unknown => {
  const kind = kindOf(error, more);
  return kind === undefined ? error : new Error(kind, { cause: error });
};
