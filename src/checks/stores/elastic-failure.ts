import { member } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";

/** What a status code means, whatever the body says: that may hold names of users and hosts. */
const kindOfStatus: Readonly<Record<string, string>> = {
  401: "authentication failed",
  403: "not permitted",
  404: "not found",
  429: "the server is overloaded",
  502: "the server is unavailable",
  503: "the server is unavailable",
  504: "the server is unavailable",
};

const withoutMaster = ["master_not_discovered_exception", "cluster_manager_not_discovered_exception"];

const ofResponse = (error: unknown): string => {
  const status = Number(member(error, "statusCode"));
  const type = member(member(member(error, "body"), "error"), "type");
  const kind = withoutMaster.some((word) => word === type) ? "the cluster has no master" : kindOfStatus[status];
  return kind === undefined ? `the server answered with HTTP ${status}` : `${kind} (HTTP ${status})`;
};

/** What the message of a connection's error means: these clients leave the code and the error behind it out. */
const kindOfText: readonly (readonly [RegExp, string])[] = [
  [/socket hang up|other side closed|reading the body|terminated|^aborted$/, "connection lost"],
  [/connect timeout/i, "timed out"],
  [/HTTP\/1|parse error/i, "the answer is not HTTP"],
  [/certificate|altnames|\bSSL\b|\bTLS\b/i, "TLS failed"],
];

const ofConnection = (message: string): string => {
  const code = /\bE[A-Z]{4,}\b|\bEAI_[A-Z]+\b/.exec(message)?.[0];
  const ofCode = code === undefined ? undefined : kindOf({ code });
  return ofCode ?? kindOfText.find(([pattern]) => pattern.test(message))?.[1] ?? "not connected: no node could be reached";
};

const kinds: Readonly<Record<string, (error: unknown) => string>> = {
  ResponseError: ofResponse,
  ConnectionError: (error) => ofConnection(String(member(error, "message"))),
  TimeoutError: () => "timed out",
  NoLivingConnectionsError: () => "not connected: the client knows no node that it may ask",
  ProductNotSupportedError: () => "the server is not Elasticsearch",
  DeserializationError: () => "the answer is not JSON",
};

/** The kind of an error of Elasticsearch's or OpenSearch's client, by its name; `undefined` for what is none. */
export const kindOfElastic = (error: unknown): string | undefined => {
  const name = member(error, "name");
  return typeof name === "string" && Object.hasOwn(kinds, name) ? kinds[name]!(error) : undefined;
};
