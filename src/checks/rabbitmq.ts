import { HealthError, type Check, type CheckVerdict } from "probekit";
import { amqpConnectionOf, amqpState, type AmqpConnection } from "./brokers/amqp-connection.js";
import { amqpKind, isOutOfChannels } from "./brokers/amqp-failure.js";
import { currentOf } from "./shared/current.js";
import { member, numberOf } from "./shared/duck.js";
import { failureOf } from "./shared/failure.js";
import { optionsOf, textOption } from "./shared/options.js";
import { patienceOf } from "./shared/saturation.js";
import { sharedQuestion } from "./shared/shared-question.js";
import { quietly } from "./shared/under-signal.js";
import { watched } from "./shared/watched.js";

/** What `rabbitmqCheck` takes: the application's own connection of amqplib. */
export interface RabbitmqInstance {
  readonly createChannel: (...args: never[]) => PromiseLike<unknown>;
  readonly createConfirmChannel: (...args: never[]) => PromiseLike<unknown>;
  readonly close: () => PromiseLike<unknown>;
  readonly on: (...args: never[]) => unknown;
}

/** Options of {@link rabbitmqCheck}; `undefined` always means the default. */
export interface RabbitmqCheckOptions {
  /** A queue that must be there, of 255 bytes at most; `data` then holds its `messages` that are ready, and its `consumers`. @default none */
  readonly queue?: string | undefined;
}

/**
 * Opens a channel on amqplib's own connection, and closes it again: a round trip to the broker.
 *
 * A connection that is closed, or is being recovered, is an error at once: a connection of amqplib that died stays
 * dead, so hand over a function where the application replaces it. While the broker blocks publishers (its memory or
 * disk alarm) it answers nothing on a connection that has published; that warns and asks nothing. amqplib before 1.0.4
 * tells of a block only as it begins: there, make the check when the connection is made. A connection whose every
 * channel is in use (`channelMax`) warns; each check needs a spare one. Where a question is still unanswered from a run that timed out, the next run
 * waits for that one, so that a hung broker gets one channel; a channel that opens later is closed. The connection is
 * never closed, and its `error` event stays the application's. A peer that is gone without a word is found by amqplib's
 * own `heartbeat`, which closes the connection; without a heartbeat, one that blocked publishers last
 * goes on warning.
 * @param connection a connection of amqplib (0.10, 1 or 2, with promises), or a function that returns the present one:
 * `() => manager.connection` for amqp-connection-manager
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("broker", rabbitmqCheck(connection, { queue: "orders" }));
 */
export const rabbitmqCheck = (
  connection: RabbitmqInstance | (() => RabbitmqInstance | undefined),
  options?: RabbitmqCheckOptions,
): Check => {
  const current = currentOf(connection, () => false, amqpConnectionOf);
  const { queue } = optionsOf("rabbitmqCheck", options, ["queue"]);
  const name = queue === undefined ? undefined : queueOption(queue);
  const ask = sharedQuestion((ready: AmqpConnection) => (name === undefined ? openChannel(ready) : findQueue(ready, name)));
  return async ({ signal, timeoutMs }) => {
    const state = amqpState(current());
    if ("lost" in state) throw new Error(`not connected: ${state.lost}`, { cause: state.cause });
    if ("blocked" in state) return blocked(state.blocked);
    try {
      return await watched(ask(state.ready, signal), patienceOf(lookEveryMs, timeoutMs), () => ifBlocked(state.ready));
    } catch (error) {
      if (isOutOfChannels(error)) return outOfChannels;
      throw failureOf(error, amqpKind);
    }
  };
};

// AMQP's short strings: https://www.rabbitmq.com/docs/queues#names
const queueOption = (value: unknown): string => {
  const name = textOption("queue", value, "");
  if (Buffer.byteLength(name) > 255) throw new HealthError("invalid-option", "queue must be at most 255 bytes long");
  return name;
};

/** How often a run looks whether the broker has begun to block the connection that it waits on, or the application has closed it. */
const lookEveryMs = 100;

type Answer = CheckVerdict | undefined;

const blocked = (reason: string): CheckVerdict => ({ status: "warn", message: `the broker blocks publishers: ${reason}` });

const ifBlocked = (connection: AmqpConnection): Answer => {
  const state = amqpState(connection);
  if ("lost" in state) throw new Error("connection lost", { cause: state.cause });
  return "blocked" in state ? blocked(state.blocked) : undefined;
};

const outOfChannels: CheckVerdict = {
  status: "warn",
  message: "pool exhausted: every channel of the connection is in use (channelMax)",
};

// A channel that the broker closes emits an error, which would end the process if nobody listened.
const ignore = (): void => {};

const openChannel = async (connection: AmqpConnection): Promise<Answer> => {
  const channel = await connection.createChannel();
  channel.on("error", ignore);
  quietly(() => channel.close());
  return undefined;
};

const findQueue = async (connection: AmqpConnection, queue: string): Promise<Answer> => {
  const channel = await connection.createChannel();
  channel.on("error", ignore);
  try {
    const found = await channel.checkQueue(queue);
    const [messages, consumers] = [member(found, "messageCount"), member(found, "consumerCount")].map(numberOf);
    return { status: "ok", data: { messages, consumers } };
  } finally {
    quietly(() => channel.close());
  }
};
