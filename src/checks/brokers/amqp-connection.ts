import { amqpKind } from "./amqp-failure.js";
import { described, hasMethods, member, refuseClient } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";

type On = (event: string, listener: (detail: unknown) => void) => unknown;

/** A channel of amqplib, as far as the check uses it. */
export interface AmqpChannel {
  readonly on: On;
  checkQueue(queue: string): PromiseLike<unknown>;
  close(): PromiseLike<unknown>;
}

/** One connection of amqplib. */
export interface AmqpConnection {
  readonly on: On;
  createChannel(): PromiseLike<AmqpChannel>;
}

/** What the connection that a run uses is like: lost, blocked by the broker, or to be asked. */
export type AmqpState =
  | { readonly lost: string; readonly cause?: unknown }
  | { readonly blocked: string }
  | { readonly ready: AmqpConnection };

const wanted = "a connection of amqplib (0.10, 1 or 2, with promises), or a function that returns the present one";

const refuse = (got: string): never => refuseClient("rabbitmqCheck", wanted, got);

/** A connection by its shape, which is listened to from now on. @throws HealthError `invalid-client` for anything else */
export const amqpConnectionOf = (value: unknown): AmqpConnection => {
  if (!hasMethods(value, ["createChannel", "createConfirmChannel", "close", "on"])) return refuse(other(value));
  if (/Callback/.test(String(member(member(value, "constructor"), "name")))) return refuse("a connection of amqplib's callback API");
  heard(value as AmqpConnection);
  return value as AmqpConnection;
};

const manager = "a manager of amqp-connection-manager; hand over () => manager.connection";

const other = (value: unknown): string => {
  if (hasMethods(value, ["isConnected", "createChannel"])) return manager;
  return hasMethods(value, ["checkQueue"]) ? "a channel; hand over its connection" : described(value);
};

/** What a connection has told by its events. */
interface Heard {
  blocked?: { readonly reason: unknown } | undefined;
  closed?: { readonly error: unknown } | undefined;
  failure?: unknown;
}

// Whatever the number of checks, a connection has one listener for each event; it goes with the connection.
const ears = new WeakMap<AmqpConnection, Heard>();

const heard = (connection: AmqpConnection): Heard => ears.get(connection) ?? listenTo(connection);

const listenTo = (connection: AmqpConnection): Heard => {
  const said: Heard = {};
  ears.set(connection, said);
  connection.on("blocked", (reason) => void (said.blocked = { reason }));
  connection.on("unblocked", () => void (said.blocked = undefined));
  connection.on("close", (error) => void (said.closed = { error }));
  connection.on("connect-failed", (error) => void (said.failure = error));
  connection.on("connect", () => void (said.failure = undefined));
  return said;
};

/** Where a connection stands now. One that recovers by itself (amqplib 1.1 and newer) stands where its present one does. */
export const amqpState = (given: AmqpConnection): AmqpState => {
  const core = member(given, "_core");
  const connection = core === undefined ? given : (member(core, "_model") as AmqpConnection | null);
  if (connection !== null) return stateOf(connection);
  return lost(member(core, "_stopped") === true ? "the connection is closed" : "reconnecting", heard(given).failure);
};

const lost = (why: string, cause: unknown): AmqpState => {
  const kind = kindOf(cause, amqpKind);
  return { lost: kind === undefined ? why : `${why}; the last failure: ${kind}`, cause };
};

const stateOf = (connection: AmqpConnection): AmqpState => {
  const said = heard(connection);
  const inner = member(connection, "connection");
  if (said.closed !== undefined || isClosing(inner)) return lost("the connection is closed", said.closed?.error);
  if (!isBlocked(inner, said)) return { ready: connection };
  return { blocked: typeof said.blocked?.reason === "string" ? said.blocked.reason : "a memory or disk alarm" };
};

// amqplib bars a connection that closes from sending; asked for a channel, it would fail and keep the channel's number.
const isClosing = (inner: unknown): boolean => typeof inner === "object" && inner !== null && Object.hasOwn(inner, "sendMethod");

// From 1.0.4 on the connection itself knows, even of a block that began before anyone listened.
const isBlocked = (inner: unknown, said: Heard): boolean => {
  const known = member(inner, "blocked");
  return typeof known === "boolean" ? known : said.blocked !== undefined;
};
