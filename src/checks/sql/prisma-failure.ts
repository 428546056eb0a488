import { member } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";

/** https://www.prisma.io/docs/orm/reference/error-reference */
const kindOfCode: Readonly<Record<string, string>> = {
  P1000: "authentication failed",
  P1001: "not connected: the database server can't be reached",
  P1002: "timed out",
  P1003: "no such database",
  P1008: "timed out",
  P1010: "authentication failed",
  P1011: "TLS failed",
  P1017: "connection lost",
  P2024: "pool exhausted: no connection in Prisma's own pool_timeout",
  P2037: "the server takes no more connections",
};

/** What the driver adapters of Prisma 6 and 7 report, by their own names. */
const kindOfAdapter: Readonly<Record<string, string>> = {
  AuthenticationFailed: "authentication failed",
  DatabaseNotReachable: "not connected: the database server can't be reached",
  DatabaseDoesNotExist: "no such database",
  DatabaseAccessDenied: "authentication failed",
  SocketTimeout: "timed out",
  TlsConnectionError: "TLS failed",
  ConnectionClosed: "connection lost",
  TooManyConnections: "the server takes no more connections",
};

const named = (kinds: Readonly<Record<string, string>>, name: unknown): string | undefined =>
  typeof name === "string" && Object.hasOwn(kinds, name) ? `${kinds[name]} (${name})` : undefined;

// The driver's own code says more than the adapter's name for it.
const adapterKind = (reported: unknown): string | undefined =>
  kindOf({ code: member(reported, "originalCode") }) ?? named(kindOfAdapter, member(reported, "kind"));

const behindRawQuery = (meta: unknown): string | undefined =>
  adapterKind(member(member(meta, "driverAdapterError"), "cause")) ??
  kindOf({ code: member(meta, "code"), message: member(meta, "message") });

const serverSelection = (error: unknown): string | undefined =>
  /Server selection timeout/.test(String(member(error, "message"))) ? "timed out: no MongoDB server was found" : undefined;

/** The kind of an error of Prisma, from its own code, its driver adapter or the database's. */
export const prismaKind = (error: unknown): string | undefined =>
  named(kindOfCode, member(error, "code")) ??
  named(kindOfCode, member(error, "errorCode")) ??
  behindRawQuery(member(error, "meta")) ??
  adapterKind(error) ??
  serverSelection(error);
