import { kindOf } from "../shared/failure.js";
import { member } from "../shared/duck.js";

/** What gRPC's status codes mean to who asks for a service's health: https://grpc.io/docs/guides/status-codes/ */
const kinds: Readonly<Record<number, readonly [name: string, kind: string]>> = {
  1: ["CANCELLED", "the call was cancelled"],
  4: ["DEADLINE_EXCEEDED", "timed out"],
  5: ["NOT_FOUND", "the service is unknown to the server's health service"],
  7: ["PERMISSION_DENIED", "not permitted"],
  8: ["RESOURCE_EXHAUSTED", "the server takes no more calls"],
  12: ["UNIMPLEMENTED", "the server has no health service"],
  13: ["INTERNAL", "the call failed"],
  14: ["UNAVAILABLE", "the server is unavailable"],
  16: ["UNAUTHENTICATED", "authentication failed"],
};

const [internal, unavailable] = [13, 14];

/** What grpc-js says of a connection without an error's code. */
const texts: readonly (readonly [RegExp, string])[] = [
  [/certificate|altnames|SSL routines|wrong version number/, "TLS failed"],
  [/Name resolution failed/, "DNS: the look-up failed"],
  [/Connection dropped|socket hang up|[Cc]onnection closed/, "connection lost"],
  [/Channel closed/, "not connected: the client is closed"],
  [/Received HTTP status code/, "something else than a gRPC server answered"],
  [/No connection established/, "not connected"],
];

// The details hold hosts: nothing of them is repeated but a code that is known.
const ofDetails = (details: unknown): string | undefined => {
  if (typeof details !== "string") return undefined;
  const code = /\bE[A-Z]{3,}\b/.exec(details)?.[0];
  return kindOf({ code }) ?? texts.find(([pattern]) => pattern.test(details))?.[1];
};

/** The kind of an error of @grpc/grpc-js, from its status code and what it says of the connection. */
export const kindOfGrpc = (error: unknown): string | undefined => {
  const [code, details] = [member(error, "code"), member(error, "details")];
  if (typeof code !== "number") return undefined;
  const [name, kind] = kinds[code] ?? [`code ${code}`, "the call failed"];
  const ofConnection = code === unavailable || code === internal ? ofDetails(details) : undefined;
  return ofConnection ?? `${kind} (${name})`;
};
