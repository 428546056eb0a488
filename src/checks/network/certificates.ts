import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import { HealthError, type CheckVerdict } from "probekit";
import { numberOption, type Level, type Scale } from "../shared/levels.js";

const dayMs = 86_400_000;

/** How long a certificate is still valid. */
export interface Validity {
  /** In tenths of a day, rounded up, so that none is shown to have reached a threshold before it has. */
  readonly daysLeft: number;
  /** The same, exactly: thresholds may be parts of a day. */
  readonly exactDays: number;
  /** ISO 8601. */
  readonly validTo: string;
  /** Whether it is the server's own, not one above it. */
  readonly isLeaf: boolean;
}

type Certificate = Pick<DetailedPeerCertificate, "valid_to">;

const validityOf = ({ valid_to }: Certificate, isLeaf: boolean): Validity => {
  const end = new Date(valid_to);
  const exactDays = (end.getTime() - Date.now()) / dayMs;
  return { daysLeft: Math.ceil(exactDays * 10) / 10, exactDays, validTo: end.toISOString(), isLeaf };
};

// A root is its own issuer.
const isRoot = (certificate: DetailedPeerCertificate): boolean => certificate.issuerCertificate === certificate;

const between = ({ issuerCertificate: issuer }: DetailedPeerCertificate): DetailedPeerCertificate[] =>
  issuer === undefined || isRoot(issuer) ? [] : [issuer, ...between(issuer)];

/**
 * The validity of that certificate of a verified connection which ends first: the server's own, or one between it and the
 * root. A root is the client's affair, and so is one between that has ended: the client has found another way round it.
 */
export const firstToEnd = (socket: TLSSocket): Validity => {
  const leaf = socket.getPeerCertificate(true);
  const others = between(leaf).map((one) => validityOf(one, false)).filter(({ exactDays }) => exactDays > 0);
  return others.reduce((first, next) => (next.exactDays < first.exactDays ? next : first), validityOf(leaf, true));
};

const days: Scale = { expected: "a number of days from 0", accepts: (value) => value >= 0 && value < Infinity };

/**
 * Thresholds of the days that are left; one that is reached counts.
 * @throws HealthError `invalid-option`, also for an error that comes before its warning
 */
export const expiryLevel = (warn: unknown, error: unknown): ((daysLeft: number) => Level) => {
  const [warnGiven, errorGiven] = [numberOption("warnAtDays", warn, days), numberOption("errorAtDays", error, days)];
  const warnAt = warnGiven ?? Math.max(21, errorGiven ?? 0);
  const errorAt = errorGiven ?? Math.min(3, warnAt);
  if (errorAt > warnAt) throw new HealthError("invalid-option", `errorAtDays must be at most warnAtDays; got ${errorAt} and ${warnAt}`);
  return (daysLeft) => (daysLeft <= errorAt ? "error" : daysLeft <= warnAt ? "warn" : "ok");
};

/** The verdict on the certificate that ends first. */
export const verdictOnExpiry = ({ daysLeft, exactDays, validTo, isLeaf }: Validity, level: (daysLeft: number) => Level): CheckVerdict => {
  const status = level(exactDays);
  const data = { daysLeft, validTo };
  if (status === "ok") return { status, data };
  const which = isLeaf ? "the certificate" : "a certificate above the server's";
  return { status, message: daysLeft > 0 ? `${which} expires in ${daysLeft} days` : `${which} has expired`, data };
};
