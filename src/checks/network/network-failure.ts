import { member } from "../shared/duck.js";
import { kindOf, type KindOf } from "../shared/failure.js";

/** Of a certificate: https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes */
const certificates: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "a certificate of the chain has expired",
  CERT_NOT_YET_VALID: "a certificate of the chain is not valid yet",
  CERT_REVOKED: "the certificate was revoked",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another name",
  INVALID_PURPOSE: "the certificate is not a server's",
  CERT_UNTRUSTED: "the chain is untrusted",
  CERT_CHAIN_TOO_LONG: "the chain is untrusted",
  INVALID_CA: "the chain is untrusted",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the chain is untrusted",
  SELF_SIGNED_CERT_IN_CHAIN: "the chain is untrusted",
  UNABLE_TO_GET_ISSUER_CERT: "the chain is untrusted",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the chain is untrusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the chain is untrusted",
};

const ofCode = (code: string): string | undefined =>
  Object.hasOwn(certificates, code) ? `TLS failed: ${certificates[code]} (${code})` : undefined;

/** Of a host with several addresses, what says least of its server. */
const unreachable: readonly unknown[] = ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL", "ETIMEDOUT"];

const telling = (errors: readonly unknown[]): unknown => errors.find((error) => !unreachable.includes(member(error, "code"))) ?? errors[0];

// Every address of a host may have failed in its own way: a server that refuses is told before a network that is not there.
const ofNetwork: KindOf = (error) => {
  const errors = member(error, "errors");
  if (Array.isArray(errors) && errors.length > 0) return kindOf(telling(errors), ofNetwork);
  return ofCode(String(member(error, "code")));
};

/**
 * An error that names the kind of a connection's failure without host and credentials, with that failure as its cause. An
 * unknown code is named alone, for the message has the host.
 * @param more what else the error may mean; asked first
 */
export const networkFailureOf = (error: unknown, more: KindOf = () => undefined): Error => {
  const code = member(error, "code");
  const kind = kindOf(error, (one) => more(one) ?? ofNetwork(one));
  return new Error(kind ?? `the connection failed${typeof code === "string" ? ` (${code})` : ""}`, { cause: error });
};
