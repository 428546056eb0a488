import { member } from "../shared/duck.js";

/** Codes of the nats package's errors, and names of those of nats-core. */
const kinds: Readonly<Record<string, string>> = {
  AUTHORIZATION_VIOLATION: "authentication failed",
  BAD_AUTHENTICATION: "authentication failed",
  BAD_CREDS: "authentication failed",
  AUTHENTICATION_EXPIRED: "authentication failed: it has expired",
  ACCOUNT_EXPIRED: "authentication failed: the account has expired",
  AUTHENTICATION_TIMEOUT: "authentication failed: it took too long",
  AuthorizationError: "authentication failed",
  UserAuthenticationExpiredError: "authentication failed: it has expired",
  PERMISSIONS_VIOLATION: "not permitted",
  PermissionViolationError: "not permitted",
  CONNECTION_REFUSED: "connection refused",
  CONNECTION_TIMEOUT: "timed out",
  TIMEOUT: "timed out",
  TimeoutError: "timed out",
  TLS: "TLS failed",
  DISCONNECT: "connection lost",
  CONNECTION_CLOSED: "not connected: the connection is closed",
  ClosedConnectionError: "not connected: the connection is closed",
  CONNECTION_DRAINING: "not connected: the connection is draining",
  DrainingConnectionError: "not connected: the connection is draining",
  "503": "JetStream is not enabled: nobody answers its API",
  NoResponders: "JetStream is not enabled: nobody answers its API",
};

/** What servers and the clients say without a code. */
const kindOfText: readonly (readonly [RegExp, string])[] = [
  [/connection disconnected|connection closed|stale connection|^cancelled$/i, "connection lost"],
  [/maximum connections exceeded|maximum account active connections exceeded/i, "the server takes no more connections"],
  [/secure connection required/i, "TLS failed"],
];

const named = (name: unknown): string | undefined =>
  typeof name === "string" && Object.hasOwn(kinds, name) ? `${kinds[name]} (${name})` : undefined;

/** The kind of an error of a NATS client, from its code, its name or its text. */
export const natsKind = (error: unknown): string | undefined =>
  named(member(error, "code")) ??
  named(member(error, "name")) ??
  kindOfText.find(([pattern]) => pattern.test(String(member(error, "message"))))?.[1];
