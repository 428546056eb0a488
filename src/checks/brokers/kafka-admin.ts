import { described, hasMethods, member, refuseClient } from "../shared/duck.js";

/** What an admin tells of its cluster; Confluent's may tell no more than that it was reached. */
export interface KafkaCluster {
  readonly brokers?: readonly unknown[];
  readonly controller?: number | null;
  readonly clusterId?: string;
}

/** A Kafka admin as the check sees it, whichever library it is of. */
export interface KafkaAdmin {
  /** The smallest question that it has. */
  describe(): PromiseLike<KafkaCluster>;
  /** Whether the application disconnected it, as far as it tells. */
  isDisconnected(): boolean;
}

const wanted = "an Admin of kafkajs 2, or of @confluentinc/kafka-javascript's KafkaJS, or a function that returns the present one";

const refuse = (got: string): never => refuseClient("kafkaCheck", wanted, got);

interface Describing {
  describeCluster(): PromiseLike<KafkaCluster>;
}

interface Listing {
  listTopics(): PromiseLike<unknown>;
}

// Each admin is listened to once, however often it is handed over.
const known = new WeakMap<object, KafkaAdmin>();

/** An admin by its shape. @throws HealthError `invalid-client` for anything else */
export const kafkaAdminOf = (value: unknown): KafkaAdmin => {
  const admin = known.get(value as object) ?? newAdmin(value);
  known.set(value as object, admin);
  return admin;
};

const newAdmin = (value: unknown): KafkaAdmin => {
  const other = others.find(([method]) => hasMethods(value, [method]))?.[1];
  if (other !== undefined) return refuse(other);
  if (!hasMethods(value, ["connect", "disconnect"])) return refuse(described(value));
  const isDisconnected = disconnection(value);
  if (hasMethods(value, ["describeCluster"])) return { describe: () => (value as Describing).describeCluster(), isDisconnected };
  if (!hasMethods(value, ["listTopics", "fetchTopicMetadata"])) return refuse(described(value));
  return { describe: async () => (await (value as Listing).listTopics(), {}), isDisconnected };
};

const others: readonly (readonly [string, string])[] = [
  ["admin", "Kafka itself; call its admin()"],
  ["send", "a producer"],
  ["subscribe", "a consumer"],
  ["getTopicMetadata", "an admin of kafkajs 1"],
  ["createTopic", "an AdminClient with callbacks"],
];

type Instrumented = Record<"on", (event: unknown, listener: () => void) => unknown>;

// kafkajs connects an admin that is asked without being connected: one that was disconnected must not be asked again.
const disconnection = (admin: unknown): (() => boolean) => {
  let isDisconnected = false;
  const events = member(admin, "events");
  const on = (event: unknown, is: boolean): void => {
    if (typeof event === "string" && hasMethods(admin, ["on"])) (admin as Instrumented).on(event, () => void (isDisconnected = is));
  };
  on(member(events, "DISCONNECT"), true);
  on(member(events, "CONNECT"), false);
  return () => isDisconnected;
};
