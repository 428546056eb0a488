import { member } from "./duck.js";

/** What a driver's error code means, in words that name neither host nor user. */
const kindOfCode: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOENT: "connection refused: no such socket",
  ETIMEDOUT: "timed out",
  ETIMEOUT: "timed out",
  ESOCKETTIMEDOUT: "timed out",
  PROTOCOL_SEQUENCE_TIMEOUT: "timed out",
  "57014": "timed out: the server cancelled the query",
  ENOTFOUND: "DNS: the host name was not found",
  EAI_AGAIN: "DNS: the name server did not answer",
  EAI_FAIL: "DNS: the look-up failed",
  EAI_NODATA: "DNS: the host name has no address",
  EHOSTUNREACH: "host unreachable",
  EHOSTDOWN: "host unreachable",
  ENETUNREACH: "network unreachable",
  ENETDOWN: "network unreachable",
  ECONNRESET: "connection lost",
  ECONNABORTED: "connection lost",
  EPIPE: "connection lost",
  PROTOCOL_CONNECTION_LOST: "connection lost",
  "57P01": "connection lost: the server is shutting down",
  "57P02": "connection lost: the server crashed",
  "57P03": "not connected: the server is starting up or shutting down",
  "28P01": "authentication failed",
  "28000": "authentication failed",
  ER_ACCESS_DENIED_ERROR: "authentication failed",
  ER_DBACCESS_DENIED_ERROR: "authentication failed",
  ER_NOT_SUPPORTED_AUTH_MODE: "authentication failed",
  ELOGIN: "authentication failed",
  "ORA-01017": "authentication failed",
  NOAUTH: "authentication failed",
  WRONGPASS: "authentication failed",
  NOPERM: "not permitted",
  "42501": "not permitted",
  "3D000": "no such database",
  ER_BAD_DB_ERROR: "no such database",
  "53300": "the server takes no more connections",
  ER_CON_COUNT_ERROR: "the server takes no more connections",
  ER_TOO_MANY_USER_CONNECTIONS: "the server takes no more connections",
  LOADING: "the server is loading its data",
  READONLY: "the server is a read-only replica",
  MASTERDOWN: "the replica has lost its master",
  CLUSTERDOWN: "the cluster is down",
  MISCONF: "the server can't persist its data",
  BUSY: "the server is busy with a script",
  EPROTO: "TLS failed",
  HANDSHAKE_SSL_ERROR: "TLS failed",
  HOSTNAME_MISMATCH: "TLS failed",
  SELF_SIGNED_CERT_IN_CHAIN: "TLS failed",
  DEPTH_ZERO_SELF_SIGNED_CERT: "TLS failed",
};

const tlsCode = /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_)/;

/** What drivers say without a code. */
const kindOfText: readonly (readonly [RegExp, string])[] = [
  [/Unable to acquire a connection/, "not connected: the client has no pool of connections; it was destroyed, or made without a connection"],
  [/[Cc]onnection is closed|client is closed|client is offline|isn't writeable/, "not connected"],
  [/Connection terminated|Socket closed|Connection ended|[Cc]onnection lost/, "connection lost"],
  [/[Cc]onnection timeout|timeout expired|operation timed out|[Cc]ommand timed out/, "timed out"],
  [/SASL|password must be/, "authentication failed"],
  [/does not support SSL|ssl\/tls/i, "TLS failed"],
  [/Queue limit reached|No connections available/, "pool exhausted"],
  [/max number of clients reached/, "the server takes no more connections"],
];

const redisCode = /\b(?:NOAUTH|WRONGPASS|NOPERM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|MISCONF|BUSY)\b/;

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
  return undefined;
};

/** An error that names the kind of a driver's failure, with that failure as its cause; one of no known kind as it is. */
export const failureOf = (error: unknown, more?: KindOf): unknown => {
  const kind = kindOf(error, more);
  return kind === undefined ? error : new Error(kind, { cause: error });
};
