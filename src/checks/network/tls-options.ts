import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext, type SecureContextOptions, type SecureVersion } from "node:tls";
import { HealthError } from "probekit";
import { described } from "../shared/duck.js";

/** One certificate or key, or several in one, as PEM. */
export type Pem = string | Uint8Array;

/** What a connection under TLS is made of. */
export interface TlsMaterial {
  readonly ca?: Pem | readonly Pem[] | undefined;
  readonly cert?: Pem | undefined;
  readonly key?: Pem | undefined;
  readonly minVersion?: SecureVersion | undefined;
}

const refuse = (option: string, expected: string, got: string): never => {
  throw new HealthError("invalid-option", `${option} must be ${expected}; got ${got}`);
};

const isPem = (value: unknown): value is Pem => typeof value === "string" || value instanceof Uint8Array;

const pemOption = (option: string, value: unknown): void => {
  if (value !== undefined && !isPem(value)) refuse(option, "PEM, a string or a Buffer", described(value));
};

// OpenSSL takes anything for a list of authorities, and would then trust nobody.
const authorityOption = (option: string, value: unknown): void => {
  pemOption(option, value);
  if (!holdsCertificate(value as Pem)) refuse(option, "certificates as PEM", "something that holds none");
};

const holdsCertificate = (pem: Pem): boolean => {
  try {
    return Buffer.from(pem).includes("-----BEGIN") && new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
};

/**
 * Makes the secure context of connections when it is first asked for, once; at once where there is something in it that
 * OpenSSL may refuse.
 * @param prefix what stands before the options' names in a message
 * @throws HealthError `invalid-option` for what is no PEM, or a key that is another certificate's
 */
export const secureContextOf = (prefix: string, { ca, cert, key, minVersion }: TlsMaterial): (() => SecureContext) => {
  if (Array.isArray(ca) && ca.length === 0) refuse(`${prefix}ca`, "certificates as PEM", "an empty list");
  for (const one of ca === undefined ? [] : [ca].flat()) authorityOption(`${prefix}ca`, one);
  pemOption(`${prefix}cert`, cert);
  pemOption(`${prefix}key`, key);
  if ((cert === undefined) !== (key === undefined)) refuse(`${prefix}cert and ${prefix}key`, "given together", "one without the other");
  const given = { ca, cert, key, minVersion } as SecureContextOptions;
  let context = cert === undefined ? undefined : pairOf(prefix, given);
  return () => (context ??= createSecureContext(given));
};

const pairOf = (prefix: string, given: SecureContextOptions): SecureContext => {
  try {
    return createSecureContext(given);
  } catch (error) {
    const { code = "no code" } = error as { code?: string };
    return refuse(`${prefix}cert and ${prefix}key`, "a certificate and its private key", `what OpenSSL refuses (${code})`);
  }
};
