const unreachable = "host unreachable";
const unresolved = "DNS: the host name was not found";
const lost = "connection lost";
const untrusted = "TLS: the chain is untrusted";

/**
 * What an error of a request means, by its code.
 * https://nodejs.org/docs/latest-v20.x/api/errors.html#common-system-errors
 * https://nodejs.org/docs/latest-v20.x/api/tls.html#x509-certificate-error-codes
 */
const kinds: Readonly<Record<string, string>> = {
  ECONNREFUSED: "connection refused",
  ENOENT: "no such socket",
  EACCES: "not permitted by the system",
  EPERM: "not permitted by the system",
  ENOTSOCK: "no socket",
  ETIMEDOUT: "the connection timed out",
  ENOTFOUND: unresolved,
  EAI_NODATA: unresolved,
  EAI_NONAME: unresolved,
  EAI_AGAIN: "DNS: the name server did not answer",
  EHOSTUNREACH: unreachable,
  EHOSTDOWN: unreachable,
  ENETUNREACH: "network unreachable",
  ENETDOWN: "network unreachable",
  ECONNRESET: lost,
  ECONNABORTED: lost,
  EPIPE: lost,
  HPE_INVALID_EOF_STATE: lost,
  HPE_HEADER_OVERFLOW: "the answer's headers are too long",
  EPROTO: "TLS failed: does the server speak it?",
  CERT_HAS_EXPIRED: "TLS: a certificate of the chain has expired",
  CERT_NOT_YET_VALID: "TLS: a certificate of the chain is not valid yet",
  ERR_TLS_CERT_ALTNAME_INVALID: "TLS: the certificate is for another name",
  INVALID_PURPOSE: "TLS: the certificate is not a server's",
  CERT_UNTRUSTED: untrusted,
  DEPTH_ZERO_SELF_SIGNED_CERT: `${untrusted}; --ca names an authority`,
  SELF_SIGNED_CERT_IN_CHAIN: `${untrusted}; --ca names an authority`,
  UNABLE_TO_GET_ISSUER_CERT: untrusted,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: `${untrusted}; --ca names an authority`,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: `${untrusted}; --ca names an authority`,
};

const refused = "TLS failed: the server refused the handshake; --cert and --key show it a certificate";

const families: readonly (readonly [RegExp, string])[] = [
  [/^HPE_/, "the answer is not HTTP/1"],
  [/CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|ALERT/, refused],
  [/^ERR_(?:SSL|TLS)_|CERT/, "TLS failed"],
];

const codeOf = (error: unknown): string => String((error as { code?: unknown } | undefined)?.code ?? "");

// OpenSSL's alerts have no code of their own.
const isRefused = (error: unknown): boolean => /\balert\b/i.test(String((error as { message?: unknown }).message));

const kindOf = (code: string): string | undefined =>
  Object.hasOwn(kinds, code) ? kinds[code] : families.find(([pattern]) => pattern.test(code))?.[1];

/** Of a host with several addresses, a server that refuses is told before a network that is not there. */
const telling = (error: unknown): unknown => {
  const errors = (error as { errors?: unknown } | undefined)?.errors;
  if (!Array.isArray(errors) || errors.length === 0) return error;
  return errors.find((one) => codeOf(one) === "ECONNREFUSED") ?? errors[0];
};

/** Why a request failed, in words without host and credentials, and the code. */
export const failureText = (error: unknown): string => {
  const told = telling(error);
  const code = codeOf(told);
  const kind = (code === "EPROTO" && isRefused(told) ? refused : kindOf(code)) ?? "the connection failed";
  return code === "" ? kind : `${kind} (${code})`;
};
