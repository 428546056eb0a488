import { describe, expect, it } from "vitest";
import { failureOf, kindOf } from "../../src/checks/shared/failure.js";

const coded = (code: string, message = "secret-host:5432 user u"): Error => Object.assign(new Error(message), { code });

describe("the kind of a driver's failure", () => {
  const codes: [string, string][] = [
    ["ECONNREFUSED", "connection refused"],
    ["ETIMEDOUT", "timed out"],
    ["ENOTFOUND", "DNS: the host name was not found"],
    ["EAI_AGAIN", "DNS: the name server did not answer"],
    ["EHOSTUNREACH", "host unreachable"],
    ["ECONNRESET", "connection lost"],
    ["EPIPE", "connection lost"],
    ["PROTOCOL_CONNECTION_LOST", "connection lost"],
    ["57P01", "connection lost: the server is shutting down"],
    ["57P03", "not connected: the server is starting up or shutting down"],
    ["28P01", "authentication failed"],
    ["28000", "authentication failed"],
    ["ER_ACCESS_DENIED_ERROR", "authentication failed"],
    ["CERT_HAS_EXPIRED", "TLS failed"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "TLS failed"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "TLS failed"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "TLS failed"],
    ["53300", "the server takes no more connections"],
    ["57P05", "connection lost: the server closed an idle session"],
    ["ER_ACCESS_DENIED_NO_PASSWORD_ERROR", "authentication failed"],
    ["ER_ACCOUNT_HAS_BEEN_LOCKED", "authentication failed: the account is locked"],
    ["ER_HOST_NOT_PRIVILEGED", "not permitted: the server takes no connections from this host"],
    ["ER_HOST_IS_BLOCKED", "not permitted: the server has blocked this host"],
    ["ER_QUERY_TIMEOUT", "timed out: the server cancelled the query"],
    ["EADDRNOTAVAIL", "no local address or port is free"],
    ["EMFILE", "the process has no file descriptor left"],
    ["ENFILE", "the system has no file descriptor left"],
    ["EACCES", "not permitted by the system"],
    ["EPERM", "not permitted by the system"],
    ["ESERVFAIL", "DNS: the server failed"],
    ["EREFUSED", "DNS: the server refused the question"],
    ["ENODATA", "DNS: the name has no record of that type"],
  ];

  it.each(codes)("%s: %s", (code, kind) => {
    expect(kindOf(coded(code))).toBe(`${kind} (${code})`);
  });

  const texts: [string, string][] = [
    ["Connection terminated unexpectedly", "connection lost"],
    ["Socket closed unexpectedly", "connection lost"],
    ["Connection is closed.", "not connected"],
    ["The client is closed", "not connected"],
    ["Connection timeout", "timed out"],
    ["Ready check failed: NOAUTH Authentication required.", "authentication failed (NOAUTH)"],
    ["The server does not support SSL connections", "TLS failed"],
    ["timeout exceeded when trying to connect", "timed out"],
    ["Query read timeout", "timed out"],
    ["Connection terminated due to connection timeout", "timed out"],
    ["query_wait_timeout", "timed out: PgBouncer had no connection to the server"],
    ["Access denied, this account is locked", "authentication failed: the account is locked"],
    ["Query execution was interrupted (max_statement_time exceeded)", "timed out: the server cancelled the query"],
  ];

  it.each(texts)("%s: %s", (text, kind) => {
    expect(kindOf(new Error(text))).toBe(kind);
  });

  it("is the code alone of what is not known, where the message beside it would name a host or a user", () => {
    const unknown: [object, string][] = [
      [{ code: "EXDEV", syscall: "connect" }, "connect failed (EXDEV)"],
      [{ code: "EDESTRUCTION", syscall: "queryA" }, "queryA failed (EDESTRUCTION)"],
      [{ code: "ER_NO_SUCH_TABLE" }, "the server refused the question (ER_NO_SUCH_TABLE)"],
      [{ errno: 4999, sqlState: "HY000" }, "the server refused the question (HY000)"],
    ];
    for (const [members, kind] of unknown) expect(kindOf(Object.assign(new Error("u@secret-host"), members))).toBe(kind);
    expect(kindOf(Object.assign(new Error("no"), { code: "u@secret-host", syscall: "connect" }))).toBeUndefined();
    expect(kindOf(Object.assign(new Error("no"), { code: "EXDEV", syscall: "u@secret-host" }))).toBeUndefined();
    expect(kindOf(Object.assign(coded("ER_NO_SUCH_TABLE"), { cause: coded("ECONNREFUSED") }))).toBe("connection refused (ECONNREFUSED)");
  });

  it("is found behind other errors", () => {
    const refused = coded("ECONNREFUSED");
    expect(kindOf(new AggregateError([refused]))).toBe("connection refused (ECONNREFUSED)");
    expect(kindOf(new Error("outer", { cause: refused }))).toBe("connection refused (ECONNREFUSED)");
    expect(kindOf(Object.assign(new Error("outer"), { originalError: refused }))).toBe("connection refused (ECONNREFUSED)");
    expect(kindOf(Object.assign(new Error("Failed to refresh slots cache."), { lastNodeError: refused }))).toBe("connection refused (ECONNREFUSED)");
  });

  it("is none of a stranger's, of a circular one's, or of what is no error", () => {
    const circular = new Error("round");
    Object.assign(circular, { cause: circular });
    const hostile = { get code() { throw new Error("no"); } };
    for (const error of [new Error("syntax"), circular, hostile, coded("constructor"), coded("__proto__"), "text", 5, null, undefined]) {
      expect(kindOf(error)).toBeUndefined();
      expect(failureOf(error)).toBe(error);
    }
  });

  it("is said without the driver's own words, which stay in the cause", () => {
    const error = coded("28P01", 'password authentication failed for user "root"');
    const failure = failureOf(error) as Error;
    expect([failure.message, failure.cause]).toEqual(["authentication failed (28P01)", error]);
  });
});
