import type { Check, CheckOutcome } from "probekit";
import { currentOf } from "./shared/current.js";
import { member } from "./shared/duck.js";
import { failureOf } from "./shared/failure.js";
import { askJetStream, infoSubject, jetStreamVerdict } from "./brokers/jetstream.js";
import { fraction, rising } from "./shared/levels.js";
import { natsConnectionOf, natsLost, natsSessions, type NatsConnection, type NatsSession } from "./brokers/nats-connection.js";
import { natsKind } from "./brokers/nats-failure.js";
import { booleanOption, optionsOf } from "./shared/options.js";
import { patienceOf, stuckAfter } from "./shared/saturation.js";
import { sharedQuestion } from "./shared/shared-question.js";
import { watched } from "./shared/watched.js";

/** What `natsCheck` takes: the application's own connection. */
export interface NatsInstance {
  readonly rtt: () => PromiseLike<unknown>;
  readonly request: (...args: never[]) => PromiseLike<unknown>;
  readonly isClosed: () => boolean;
  readonly isDraining: () => boolean;
}

/** Options of {@link natsCheck}; `undefined` always means the default. Those but `jetstream` need `jetstream: true`. */
export interface NatsCheckOptions {
  /** Asks JetStream's API instead of the server alone. @default false */
  readonly jetstream?: boolean | undefined;
  /** The domain of the JetStream that is asked. @default the server's own */
  readonly domain?: string | undefined;
  /** The prefix of its API, where an account imports it under another; not beside `domain`. @default "$JS.API" */
  readonly apiPrefix?: string | undefined;
  /** The used part of any of the account's limits, over 0 to 1, from which it warns. @default 0.9 */
  readonly warnAt?: number | undefined;
  /** The same from which it is an error; at least `warnAt`. @default none */
  readonly errorAt?: number | undefined;
}

/**
 * Sends PING over a NATS connection and waits for PONG; with `jetstream: true` it asks JetStream for its account instead.
 *
 * A connection that is closed, drains or reconnects is an error at once: the question never queues behind it. Where one
 * is still unanswered from a run that timed out, the next run waits for that one, so that a hung server gets no more of
 * them; what was asked before a reconnect is forgotten. A JetStream that is not enabled, or has no leader, is an error;
 * an account that has used up to `warnAt` of its limits (memory, storage, streams, consumers, those of a tier too)
 * warns, and is an error only from `errorAt`. `data` then holds `memory`, `storage` (bytes), `streams` and `consumers`.
 * The connection is never closed.
 * @param connection a connection of nats 2 or nats-core 3 (@nats-io/transport-node), or a function that returns the
 * present one: a connection that has given up reconnecting stays closed
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("events", natsCheck(connection, { jetstream: true }));
 */
export const natsCheck = (connection: NatsInstance | (() => NatsInstance | undefined), options?: NatsCheckOptions): Check => {
  const current = currentOf(connection, () => false, natsConnectionOf);
  const question = questionOf(options);
  const sessionOf = natsSessions();
  let requestMs = stuckAfter(undefined);
  const ask = sharedQuestion((session: NatsSession) => question(session.connection, requestMs));
  return async ({ signal, timeoutMs }) => {
    const present = current();
    const lost = natsLost(present);
    if (lost !== undefined) throw new Error(`not connected: ${lost}`);
    requestMs = stuckAfter(undefined, timeoutMs);
    try {
      return await watched(ask(sessionOf(present), signal), patienceOf(lookEveryMs, timeoutMs), () => assertConnected(present));
    } catch (error) {
      // nats 2 says of a request that it gives up as it closes that it timed out.
      throw isGivenUp(error) && natsLost(present) !== undefined ? connectionLost(error) : failureOf(error, natsKind);
    }
  };
};

/** How often a run looks whether the connection that it waits on is still there: the clients tell it as they reconnect, seconds later. */
const lookEveryMs = 100;

const assertConnected = (connection: NatsConnection): undefined => {
  if (natsLost(connection) !== undefined) throw connectionLost();
};

const connectionLost = (cause?: unknown): Error => new Error("connection lost", { cause });

const isGivenUp = (error: unknown): boolean => member(error, "code") === "TIMEOUT";

type Question = (connection: NatsConnection, requestMs: number) => Promise<CheckOutcome>;

const questionOf = (options: NatsCheckOptions | undefined): Question => {
  if (!isJetStream(options)) return pingOf(options);
  const { warnAt, errorAt, ...place } = optionsOf("natsCheck", options, ["jetstream", "domain", "apiPrefix", "warnAt", "errorAt"]);
  const level = rising({ warn: ["warnAt", warnAt], error: ["errorAt", errorAt], scale: fraction }, 0.9);
  const subject = infoSubject(place);
  return async (connection, requestMs) => jetStreamVerdict(await askJetStream(connection, subject, requestMs), level);
};

const isJetStream = (options: NatsCheckOptions | undefined): boolean => booleanOption("jetstream", options?.jetstream, false);

const pingOf = (options: NatsCheckOptions | undefined): Question => {
  optionsOf("natsCheck without jetstream: true", options, ["jetstream"]);
  return async (connection) => void (await connection.rtt());
};
