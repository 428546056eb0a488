import { member } from "./duck.js";
import { kindOf } from "./failure.js";

/** What keeps a connection from being opened on this side. */
const local: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: "no local address or port is free",
  EMFILE: "the process has no file descriptor left",
  ENFILE: "the system has no file descriptor left",
  EACCES: "not permitted by the system",
  EPERM: "not permitted by the system",
};

/** Of a host with several addresses, what says least of its server. */
const unreachable: readonly unknown[] = ["ENETUNREACH", "EHOSTUNREACH", "EADDRNOTAVAIL"];

const telling = (errors: readonly unknown[]): unknown => errors.find((error) => !unreachable.includes(member(error, "code"))) ?? errors[0];

/**
 * What an error of a socket means beyond the common ones. Every address of a host may have failed in its own way: a server
 * that refuses is told before a network that is not there. An unknown code is named alone, for the message has the host.
 */
export const kindOfConnect = (error: unknown): string | undefined => {
  const errors = member(error, "errors");
  if (Array.isArray(errors) && errors.length > 0) return kindOfConnect(telling(errors));
  const code = member(error, "code");
  if (typeof code !== "string") return undefined;
  if (Object.hasOwn(local, code)) return `${local[code]} (${code})`;
  return kindOf({ code }) ?? `the connection failed (${code})`;
};
