import type { CheckVerdict } from "probekit";
import { replyText, sent } from "./redis-reply.js";
import type { RedisCluster, RedisNode } from "./redis-cluster.js";
import { quietly } from "../shared/under-signal.js";

/**
 * Sends CLUSTER INFO to one node after the other, run by run. A node that still owes an answer is passed over; where all
 * do, the answer of one of them is waited for. `undefined` when there is no node to ask.
 */
export const clusterInfo = (cluster: RedisCluster): (() => Promise<unknown> | undefined) => {
  const owed = new WeakMap<object, Promise<unknown>>();
  let turn = 0;
  return () => {
    const nodes = cluster.nodes();
    const node = next(nodes.filter(({ identity }) => !owed.has(identity)), turn++);
    if (node === undefined) return nodes.map(({ identity }) => owed.get(identity))[0];
    const reply = sent(() => node.info());
    owed.set(node.identity, reply);
    quietly(() => reply.finally(() => owed.delete(node.identity)));
    return reply;
  };
};

const next = (free: readonly RedisNode[], turn: number): RedisNode | undefined => {
  const ready = free.filter(({ isReady }) => isReady);
  const among = ready.length > 0 ? ready : free;
  return among[turn % among.length];
};

const allSlots = 16_384;

/**
 * What CLUSTER INFO says: an error unless `cluster_state:ok`, and a warning where slots have no node all the same
 * (`cluster-require-full-coverage no`). Source: https://redis.io/docs/latest/commands/cluster-info/
 */
export const clusterVerdict = (reply: unknown): CheckVerdict => {
  const text = replyText(reply);
  const state = /^cluster_state:(\w+)/m.exec(text)?.[1];
  if (state === undefined) throw new Error("CLUSTER INFO was answered without cluster_state");
  const figure = (name: string): number => Number(new RegExp(`^cluster_${name}:(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const [assigned, ok, pfail, fail] = ["assigned", "ok", "pfail", "fail"].map((name) => figure(`slots_${name}`));
  const data = { slots: { assigned, ok, pfail, fail }, nodes: figure("known_nodes") };
  if (state !== "ok") return { status: "error", message: `the cluster is down: cluster_state:${state}`, data };
  const covered = assigned! - fail!;
  return covered < allSlots ? { status: "warn", message: `the cluster covers ${covered} of ${allSlots} slots`, data } : { status: "ok", data };
};
