import { HealthError, type Check, type CheckVerdict } from "probekit";
import { currentOf } from "./shared/current.js";
import { member } from "./shared/duck.js";
import { failureOf } from "./shared/failure.js";
import { kafkaAdminOf, type KafkaAdmin, type KafkaCluster } from "./brokers/kafka-admin.js";
import { kindOfKafka } from "./brokers/kafka-failure.js";
import { numberOption, verdictOn, type Scale } from "./shared/levels.js";
import { optionsOf } from "./shared/options.js";
import { sharedQuestion } from "./shared/shared-question.js";

/** What `kafkaCheck` takes: the application's own admin, which it connected. */
export interface KafkaAdminInstance {
  readonly connect: (...args: never[]) => unknown;
  readonly disconnect: (...args: never[]) => unknown;
  readonly listTopics: (...args: never[]) => unknown;
}

/** Options of {@link kafkaCheck}; `undefined` always means the default. */
export interface KafkaCheckOptions {
  /** The number of brokers in the cluster under which it warns. A whole number from 1. @default none */
  readonly minBrokers?: number | undefined;
}

/**
 * Describes a Kafka cluster over the admin that the application connected: it asks for metadata, and never produces a
 * message. A cluster without a broker is an error; one without a controller warns, because its partitions are served
 * meanwhile and a rolling restart is without one for a moment. `data` shows the number of `brokers`, the `controller` and
 * the `clusterId`.
 *
 * A Kafka client can't be interrupted: where a question is still unanswered from a run that timed out, the next run waits
 * for that one. kafkajs tries for about ten seconds before it says what failed, and meanwhile the check times out: give
 * it an admin of a `Kafka` that gives up sooner, as below. While one of several brokers is gone, a question that kafkajs
 * puts to that one fails although the others serve: `failureThreshold: 2` keeps the service in traffic. An admin of
 * kafkajs that is not connected yet is connected by the question, and connects again by itself; one that the application
 * disconnected after the check was made is an error at once. A connection that was lost without a word stays lost to
 * kafkajs until the kernel gives it up: where the application replaces its admin, hand over a function. No admin is ever
 * disconnected.
 *
 * Confluent's client goes on connecting by itself and says only after five seconds that it reaches no broker: until then the
 * check times out. Its admin has no `describeCluster` in version 1: it lists topics instead, which shows that a broker
 * answers, and no `data`. Once it has, it is described as kafkajs' is.
 * @param admin of kafkajs 2, or of `@confluentinc/kafka-javascript`'s `KafkaJS`, or a function that returns the present one
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example
 * const retry = { retries: 2, initialRetryTime: 30 };
 * const admin = new Kafka({ brokers, connectionTimeout: 300, requestTimeout: 300, retry }).admin();
 * await admin.connect();
 * health.register("kafka", kafkaCheck(admin, { minBrokers: 3 }), { timeoutMs: 700, failureThreshold: 2 });
 */
export const kafkaCheck = (admin: KafkaAdminInstance | (() => KafkaAdminInstance | undefined), options?: KafkaCheckOptions): Check => {
  const current = currentOf(admin, () => false, kafkaAdminOf);
  const minBrokers = minBrokersOf(optionsOf("kafkaCheck", options, ["minBrokers"]), admin);
  const ask = sharedQuestion((of: KafkaAdmin) => of.describe());
  return async ({ signal }) => {
    const kafka = current();
    if (kafka.isDisconnected()) throw new Error("not connected: the admin was disconnected");
    try {
      return verdict(await ask(kafka, signal), minBrokers);
    } catch (error) {
      throw failureOf(error, kindOfKafka);
    }
  };
};

const wholeBrokers: Scale = { expected: "a whole number from 1", accepts: (value) => Number.isSafeInteger(value) && value >= 1 };

const minBrokersOf = ({ minBrokers }: KafkaCheckOptions, admin: unknown): number => {
  const least = numberOption("minBrokers", minBrokers, wholeBrokers);
  if (least === undefined) return 1;
  if (typeof admin === "function" || member(admin, "describeCluster") !== undefined) return least;
  throw new HealthError("invalid-option", "minBrokers needs an admin that has describeCluster; this one has none");
};

const verdict = ({ brokers, controller, clusterId }: KafkaCluster, minBrokers: number): CheckVerdict => {
  if (brokers === undefined) return { status: "ok" };
  const count = brokers.length;
  const few = `${count} ${count === 1 ? "broker is" : "brokers are"} in the cluster, of ${minBrokers}`;
  return verdictOn([
    { level: count === 0 ? "error" : "ok", message: "the cluster has no broker" },
    { level: isNone(controller) ? "warn" : "ok", message: "the cluster has no controller" },
    { level: count < minBrokers ? "warn" : "ok", message: few },
  ], { brokers: count, controller, clusterId });
};

const isNone = (controller: number | null | undefined): boolean => controller === null || controller === -1;
