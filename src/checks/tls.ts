import type { TLSSocket } from "node:tls";
import { HealthError, type Check, type CheckVerdict } from "probekit";
import { expiryLevel, firstToEnd, verdictOnExpiry } from "./network/certificates.js";
import { described } from "./shared/duck.js";
import { hostNameOf, hostOf, portOf } from "./network/host.js";
import { networkFailureOf } from "./network/network-failure.js";
import { optionsOf, wordOption } from "./shared/options.js";
import { sharedLookup } from "./network/shared-lookup.js";
import { handshake } from "./network/tls-handshake.js";
import { secureContextOf, type Pem } from "./network/tls-options.js";

export type { Pem } from "./network/tls-options.js";

/** Options of {@link tlsCheck}; `undefined` always means the default. */
export interface TlsCheckOptions {
  /** It warns when so many days are left, or fewer. A number from 0; 0 never warns. @default 21, or a greater `errorAtDays` */
  readonly warnAtDays?: number | undefined;
  /** It is an error when so many days are left, or fewer; at most `warnAtDays`. A number from 0. @default 3, or a smaller `warnAtDays` */
  readonly errorAtDays?: number | undefined;
  /** The name that the server is asked for and its certificate must hold. @default the host; an IP address is asked for by no name */
  readonly servername?: string | undefined;
  /** The authorities that are trusted, and no others, as PEM. @default those that Node trusts */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** The client's certificate, as PEM, where the server asks for one; needs `key`. @default none */
  readonly cert?: Pem | undefined;
  /** The client's private key, as PEM; needs `cert`. @default none */
  readonly key?: Pem | undefined;
  /** The oldest version of TLS that will do. @default Node's own, TLSv1.2 */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
  /** Protocols that are offered, of which the server must choose one: `["h2"]`. @default none */
  readonly alpnProtocols?: readonly string[] | undefined;
}

/**
 * Shakes hands with a server under TLS and looks at how long its certificate, and those between it and the root, are
 * still valid. A wrong name, an untrusted chain, one that has expired or is not valid yet is an error, whatever
 * `NODE_TLS_REJECT_UNAUTHORIZED` says.
 *
 * `data` holds `daysLeft`, in tenths of a day, and `validTo` of the certificate that ends first. Days are reckoned by this
 * machine's clock. Every certificate that the server sends counts, one that no client needs as well. It speaks TLS from
 * the first byte on: not for STARTTLS. Under TLS 1.3 a server judges the client's certificate after the handshake: that
 * is not seen here.
 * @param host a name or an IP address
 * @param port 1 to 65535. Default: 443
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("certificate", tlsCheck("shop.example.org"), { critical: false, intervalMs: 3_600_000 });
 */
export const tlsCheck = (host: string, port = 443, options?: TlsCheckOptions): Check => {
  const target = { host: hostOf("tlsCheck", host), port: portOf("tlsCheck", port), lookup: sharedLookup() };
  const given = optionsOf("tlsCheck", options, known);
  const level = expiryLevel(given.warnAtDays, given.errorAtDays);
  const offer = { ...nameOf(given.servername), ...protocolsOf(given.alpnProtocols) };
  const context = contextOf(given);
  const read = (socket: TLSSocket): CheckVerdict => {
    if ("ALPNProtocols" in offer && socket.alpnProtocol === false) return unspoken;
    return verdictOnExpiry(firstToEnd(socket), level);
  };
  return async ({ signal }) => {
    try {
      return await handshake({ ...target, ...offer, secureContext: context() }, signal, read);
    } catch (error) {
      throw signal.aborted ? error : networkFailureOf(error);
    }
  };
};

const known = ["warnAtDays", "errorAtDays", "servername", "ca", "cert", "key", "minVersion", "alpnProtocols"];

const unspoken: CheckVerdict = { status: "error", message: "TLS failed: the server chose none of alpnProtocols" };

const nameOf = (given: unknown): { readonly servername?: string } =>
  given === undefined ? {} : { servername: hostNameOf("tlsCheck's servername", given).replace(/\.$/, "") };

// Their lengths are one byte each: https://www.rfc-editor.org/rfc/rfc7301#section-3.1
const isProtocol = (value: unknown): value is string => typeof value === "string" && value !== "" && Buffer.byteLength(value) < 256;

const protocolsOf = (given: unknown): { readonly ALPNProtocols?: string[] } => {
  if (given === undefined) return {};
  if (Array.isArray(given) && given.length > 0 && given.every(isProtocol)) return { ALPNProtocols: [...given] };
  const got = Array.isArray(given) ? "one that is empty or holds something else" : described(given);
  throw new HealthError("invalid-option", `alpnProtocols must be an array of names; got ${got}`);
};

const contextOf = ({ ca, cert, key, minVersion: given }: TlsCheckOptions) => {
  const minVersion = given === undefined ? given : wordOption("minVersion", given, ["TLSv1.2", "TLSv1.3"], "TLSv1.2");
  return secureContextOf("", { ca, cert, key, minVersion });
};
