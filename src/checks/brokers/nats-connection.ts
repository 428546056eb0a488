import { described, hasMethods, member, refuseClient } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";
import { natsKind } from "./nats-failure.js";

/** A message of NATS, as far as the check reads it. */
export interface NatsMessage {
  json(): unknown;
}

/** A connection of a NATS client, as far as the check uses it. */
export interface NatsConnection {
  /** PING and PONG; rejects at once while it reconnects. */
  rtt(): PromiseLike<unknown>;
  request(subject: string, payload: string, options: { readonly timeout: number }): PromiseLike<NatsMessage>;
  isClosed(): boolean;
  isDraining(): boolean;
}

const wanted = "a connection of nats 2 or nats-core 3 (@nats-io/transport-node), or a function that returns the present one";

const refuse = (got: string): never => refuseClient("natsCheck", wanted, got);

/** A connection by its shape. @throws HealthError `invalid-client` for anything else */
export const natsConnectionOf = (value: unknown): NatsConnection => {
  if (hasMethods(value, ["rtt", "request", "isClosed", "isDraining"])) return value as NatsConnection;
  return refuse(hasMethods(value, ["flush", "publish", "subscribe", "on"]) ? "a client of nats 1" : described(value));
};

/** Why a connection can't be asked; `undefined` where it can. */
export const natsLost = (connection: NatsConnection): string | undefined => {
  const protocol = member(connection, "protocol");
  if (connection.isClosed()) return withCause("the connection is closed", protocol);
  if (connection.isDraining()) return "the connection is draining";
  return member(protocol, "connected") === false ? withCause("reconnecting", protocol) : undefined;
};

const withCause = (why: string, protocol: unknown): string => {
  const kind = kindOf(member(protocol, "lastError"), natsKind);
  return kind === undefined ? why : `${why}; the last failure: ${kind}`;
};

/** One connection between client and server. */
export interface NatsSession {
  readonly connection: NatsConnection;
  readonly transport: unknown;
}

/**
 * Tells the sessions of a connection apart: it is the same object after it has reconnected, yet what was asked in the
 * session before is never answered.
 */
export const natsSessions = (): ((connection: NatsConnection) => NatsSession) => {
  const sessions = new WeakMap<NatsConnection, NatsSession>();
  return (connection) => {
    const transport = member(member(connection, "protocol"), "transport");
    const last = sessions.get(connection);
    if (last !== undefined && last.transport === transport) return last;
    const session = { connection, transport };
    sessions.set(connection, session);
    return session;
  };
};
