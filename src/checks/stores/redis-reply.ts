import { member } from "../shared/duck.js";
import { attempt } from "../shared/under-signal.js";

/** What a server replied, where that is a text. */
export const replyText = (reply: unknown): string => (typeof reply === "string" || Buffer.isBuffer(reply) ? String(reply) : "no text");

/** Sends a command. A connection that closes before the answer is lost, whatever ioredis calls it; what throws at once was not sent. */
export const sent = (command: () => PromiseLike<unknown>): Promise<unknown> => attempt(() => command().then(undefined, asLost));

const asLost = (error: unknown): never => {
  if (member(error, "message") === "Connection is closed.") throw new Error("connection lost", { cause: error });
  throw error;
};
