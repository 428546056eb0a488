import { member } from "../shared/duck.js";

/** AMQP 0-9-1's reply codes, https://www.rabbitmq.com/amqp-0-9-1-reference#constants */
const kindOfCode: Readonly<Record<number, string>> = {
  320: "connection lost: the broker closed it (CONNECTION_FORCED)",
  402: "not permitted (INVALID_PATH)",
  403: "not permitted (ACCESS_REFUSED)",
  404: "no such queue (NOT_FOUND)",
  405: "the queue is exclusive to another connection (RESOURCE_LOCKED)",
  501: "connection lost: the broker closed it (FRAME_ERROR)",
  504: "connection lost: the broker closed it (CHANNEL_ERROR)",
  506: "the broker is out of resources (RESOURCE_ERROR)",
  530: "not permitted (NOT_ALLOWED)",
  541: "the broker failed (INTERNAL_ERROR)",
};

/** What amqplib says; of a handshake that the broker ended, and of a queue that is there but down, its text says more. */
const kindOfText: readonly (readonly [RegExp, string])[] = [
  [/Handshake terminated by server.*ACCESS[-_]REFUSED/, "authentication failed (ACCESS_REFUSED)"],
  [/Handshake terminated by server.*NOT[-_]ALLOWED/, "not permitted (NOT_ALLOWED)"],
  [/is down or inaccessible|process is stopped/, "the queue is down (NOT_FOUND)"],
  [/Channel ended, no reply|Unexpected close|Socket closed abruptly/, "connection lost"],
  [/Heartbeat timeout/, "connection lost: no heartbeat"],
];

/** The kind of an error of amqplib, from its reply code or its text. */
export const amqpKind = (error: unknown): string | undefined => {
  const [code, message] = [member(error, "code"), String(member(error, "message"))];
  if (member(error, "name") === "IllegalOperationError") return "not connected: the connection is closed";
  return kindOfText.find(([pattern]) => pattern.test(message))?.[1] ?? (typeof code === "number" ? kindOfCode[code] : undefined);
};

/** Whether every channel that the connection may have (channel_max) is in use. */
export const isOutOfChannels = (error: unknown): boolean => member(error, "message") === "No channels left to allocate";
