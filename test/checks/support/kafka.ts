import { EventEmitter } from "node:events";
import type { KafkaAdminInstance } from "probekit/checks/kafka";

/** What the fake cluster is. */
export interface FakeCluster {
  readonly brokers: readonly object[];
  readonly controller: number | null;
  readonly clusterId: string;
}

interface Question {
  resolve(cluster: unknown): void;
  reject(error: Error): void;
}

/** An admin of kafkajs' shape, without a Kafka: for what the check makes of answers that no broker is here to give. */
export interface FakeAdmin {
  readonly admin: KafkaAdminInstance;
  readonly events: EventEmitter;
  /** Questions that are not answered yet, when `answers` is false. */
  readonly questions: Question[];
  /** How many were asked so far. */
  readonly asked: number;
  /** Whether it answers at once. */
  answers: boolean;
  cluster: FakeCluster;
}

export const broker = (nodeId: number): object => ({ nodeId, host: "kafka.internal", port: 9092 });

/** @param method what the library calls its question; `listTopics` is Confluent's */
export const fakeKafkaAdmin = (method: "describeCluster" | "listTopics" = "describeCluster"): FakeAdmin => {
  const emitter = new EventEmitter();
  const questions: Question[] = [];
  const state = { answers: true, asked: 0, cluster: { brokers: [broker(1)], controller: 1, clusterId: "c" } as FakeCluster };
  const answer = (of: unknown) => (): Promise<unknown> => {
    state.asked += 1;
    if (state.answers) return Promise.resolve(of ?? state.cluster);
    return new Promise((resolve, reject) => questions.push({ resolve, reject }));
  };
  const unused = (): Promise<unknown> => Promise.reject(new Error("the check has no business here"));
  const confluents = { connect: unused, disconnect: unused, fetchTopicMetadata: unused, listTopics: answer(["orders"]) };
  const kafkajs = {
    ...confluents,
    listTopics: unused,
    describeCluster: answer(undefined),
    events: { CONNECT: "admin.connect", DISCONNECT: "admin.disconnect" },
    on: (event: string, listener: () => void) => emitter.on(event, listener),
  };
  return Object.assign(state, { admin: method === "listTopics" ? confluents : kafkajs, events: emitter, questions });
};
