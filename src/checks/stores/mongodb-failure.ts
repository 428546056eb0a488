import { member } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";

/** Of MongoDB's codes: https://www.mongodb.com/docs/manual/reference/error-codes/ */
const kinds: Readonly<Record<number, string>> = {
  13: "not permitted",
  18: "authentication failed",
  50: "timed out: the server cancelled the command",
  91: "connection lost: the server is shutting down",
  11600: "connection lost: the server is shutting down",
};

const notConnected = "not connected: the client is closed, or was never connected";

const kindOfName: Readonly<Record<string, string>> = {
  MongoNotConnectedError: notConnected,
  MongoTopologyClosedError: notConnected,
  MongoServerClosedError: notConnected,
  MongoClientClosedError: notConnected,
  MongoPoolClosedError: notConnected,
  MongoWaitQueueTimeoutError: "pool exhausted: no connection came free within the client's waitQueueTimeoutMS",
  MongoNetworkTimeoutError: "timed out",
};

// Of errors that hold no other behind them: versions 4 and 5 of the driver say the cause in the text alone.
const kindOfText: readonly (readonly [RegExp, string])[] = [
  [/bad auth|[Aa]uthentication failed/, "authentication failed"],
  [/^Message size cannot be|^Invalid message size/, "the server doesn't speak MongoDB's protocol"],
  [/^connection .* closed$/, "connection lost"],
  [/^Server selection timed out/, "not connected: no server could be selected"],
];

const networkCode = /\bE(?:CONN[A-Z]+|PIPE|TIMEDOUT|HOST[A-Z]+|NET[A-Z]+|NOTFOUND|AI_[A-Z]+|PROTO)\b/;

/** The kind of an error of MongoDB's driver; `undefined` for what is none of its own. */
export const kindOfMongodb = (error: unknown): string | undefined => {
  const message = String(member(error, "message"));
  const ofText = kindOfText.find(([pattern]) => pattern.test(message))?.[1];
  return ofServer(error) ?? kindOfName[String(member(error, "name"))] ?? ofText ?? kindOf({ code: networkCode.exec(message)?.[0] });
};

const ofServer = (error: unknown): string | undefined => {
  const code = member(error, "code");
  const kind = typeof code === "number" && Object.hasOwn(kinds, code) ? kinds[code] : undefined;
  return kind && `${kind} (${nameOf(error) ?? String(code)})`;
};

const nameOf = (error: unknown): string | undefined => /^\w{1,40}$/.exec(String(member(error, "codeName") ?? ""))?.[0];
