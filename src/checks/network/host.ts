import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { HealthError } from "probekit";
import { described } from "../shared/duck.js";

/** Letters of any script, digits, hyphens and underscores between dots. */
const name = /^(?:[\p{L}\p{N}\p{M}_-]{1,63}\.)*[\p{L}\p{N}\p{M}_-]{1,63}\.?$/u;

// TLS and DNS know names of ASCII alone: https://www.rfc-editor.org/rfc/rfc5890#section-2.3.2.1
const asciiOf = (value: string): string => (/[^ -~]/.test(value) ? domainToASCII(value) || value : value);

const isName = (value: unknown): value is string => typeof value === "string" && value.length <= 253 && name.test(value);

// A URL may hold credentials: what was given is described, not shown.
const got = (value: unknown): string => {
  if (typeof value !== "string") return described(value);
  if (value === "") return "an empty string";
  return value.includes("://") ? "a URL" : "something else";
};

/**
 * A host that a check connects to: a name or an IP address.
 * @throws HealthError `invalid-option` for a URL, a name with a port and anything else
 */
export const hostOf = (check: string, value: unknown): string => {
  if (isName(value)) return asciiOf(value);
  if (typeof value === "string" && isIP(value) !== 0) return value;
  const expected = "a host name or an IP address, without a scheme, brackets or a port";
  throw new HealthError("invalid-option", `${check} takes ${expected}; got ${got(value)}`);
};

/**
 * A name that can be asked of DNS.
 * @throws HealthError `invalid-option` for an IP address and anything else
 */
export const hostNameOf = (check: string, value: unknown): string => {
  if (isName(value) && isIP(value) === 0) return asciiOf(value);
  const what = typeof value === "string" && isIP(value) !== 0 ? "an IP address" : got(value);
  throw new HealthError("invalid-option", `${check} takes a host name; got ${what}`);
};

/**
 * A port that a check connects to.
 * @throws HealthError `invalid-option` for anything but a whole number from 1 to 65535
 */
export const portOf = (check: string, value: unknown): number => {
  if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 65_535) return value as number;
  const what = typeof value === "number" ? String(value) : described(value);
  throw new HealthError("invalid-option", `${check} takes a port, a whole number from 1 to 65535; got ${what}`);
};
