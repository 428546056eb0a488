import { member } from "../shared/duck.js";

/** What errors of kafkajs are called, and of the API that Confluent's client has in common with it. */
const kindOfName: Readonly<Record<string, string>> = {
  KafkaJSSASLAuthenticationError: "authentication failed",
  KafkaJSRequestTimeoutError: "timed out",
  KafkaJSLockTimeout: "timed out",
  KafkaJSTimeout: "timed out",
  KafkaJSConnectionClosedError: "connection lost",
  KafkaJSBrokerNotFound: "not connected: no broker is known",
  KafkaJSMetadataNotLoaded: "not connected: no broker is known",
  KafkaJSNoBrokerAvailableError: "not connected: no broker is available",
};

/**
 * Codes of Kafka itself (https://kafka.apache.org/protocol#protocol_error_codes) and, the negative ones, of librdkafka
 * (https://docs.confluent.io/platform/current/clients/librdkafka/html/rdkafka_8h.html).
 */
const kindOfCode: Readonly<Record<number, string>> = {
  7: "timed out: the broker says so",
  8: "not connected: no broker is available",
  31: "not permitted",
  33: "authentication failed",
  34: "authentication failed",
  58: "authentication failed",
  [-169]: "authentication failed",
  [-172]: "not connected: connect() was not called on the admin, or it is disconnected",
  [-181]: "TLS failed",
  [-185]: "timed out",
  [-187]: "not connected: all brokers are down",
  [-193]: "DNS: the host name was not found",
  [-195]: "connection lost",
};

const kindOfText: readonly (readonly [RegExp, string])[] = [
  [/^Closed connection$|^Connection closed by the server$|write after end/, "connection lost"],
  [/^Not connected$|^Broker not connected$/, "not connected"],
  // kafkajs takes the answer apart that none of its brokers gave.
  [/destructure property 'brokers'/, "connection lost: no broker answered"],
];

const isName = (value: unknown): value is string => typeof value === "string" && /^[A-Z_]{3,60}$/.test(value);

/** The kind of an error of a Kafka client; `undefined` for what is none of its own. */
export const kindOfKafka = (error: unknown): string | undefined => {
  const [code, type] = [member(error, "code"), member(error, "type")];
  const coded = typeof code === "number" && Object.hasOwn(kindOfCode, code) ? kindOfCode[code] : undefined;
  if (coded !== undefined) return isName(type) ? `${coded} (${type})` : coded;
  const message = String(member(error, "message"));
  return kindOfName[String(member(error, "name"))] ?? kindOfText.find(([pattern]) => pattern.test(message))?.[1];
};
