import { hasMethods, member } from "../shared/duck.js";
import { kindOf, type KindOf } from "../shared/failure.js";
import { ioredisConnection, nodeRedisClosed, redisEvents, type RedisConnection } from "./redis-client.js";

/** One node of a Redis Cluster, over the client's own connection to it. */
export interface RedisNode {
  /** The node's own client: another one begins anew. */
  readonly identity: object;
  /** Whether it is connected; else the client connects it when it is asked. */
  readonly isReady: boolean;
  /** Sends CLUSTER INFO to it, to it alone. */
  info(): PromiseLike<unknown>;
}

/** The client of a Redis Cluster as the check sees it, whichever library it is of. */
export interface RedisCluster extends RedisConnection {
  /** The masters that can be asked now; one that reconnects would queue the question. */
  nodes(): readonly RedisNode[];
}

/** A cluster's client of either library by its shape; `undefined` for anything else. */
export const redisClusterOf = (client: unknown): RedisCluster | undefined => {
  if (!hasMethods(client, ["on", "removeListener"])) return undefined;
  if (member(client, "isCluster") === true && hasMethods(client, ["nodes"])) return ioredisCluster(client);
  return hasMethods(client, ["nodeClient"]) && typeof member(client, "isOpen") === "boolean" ? nodeRedisCluster(client) : undefined;
};

const askable = new Set<unknown>(["ready", "wait", "connecting", "connect"]);

// The Cluster's own `cluster("INFO")` is tried again on another node when one is lost.
const ioredisCluster = (client: unknown): RedisCluster => ({
  ...ioredisConnection(client),
  nodes: () => {
    const masters = (client as { nodes(role: string): readonly object[] }).nodes("master");
    return masters.filter((node) => askable.has(member(node, "status"))).map(ioredisNode);
  },
});

const ioredisNode = (node: object): RedisNode => ({
  identity: node,
  isReady: member(node, "status") === "ready",
  info: () => (node as { cluster(word: string): PromiseLike<unknown> }).cluster("INFO"),
});

const nodeRedisCluster = (client: unknown): RedisCluster => {
  const closed = nodeRedisClosed(client);
  const masters = (): readonly object[] => member(client, "masters") as readonly object[];
  return {
    ...redisEvents(client),
    open: () => undefined,
    state: () => closed() ?? (masters().length === 0 ? { lost: "connecting" } : "ready"),
    nodes: () => masters().flatMap((node) => nodeRedisNode(client as NodeClients, node)),
  };
};

interface NodeClients {
  nodeClient(node: object): PromiseLike<object>;
}

// With minimizeConnections a node has no client before it is asked; while one connects it is a promise (4), or isn't ready (5 and 6).
const nodeRedisNode = (cluster: NodeClients, node: object): readonly RedisNode[] => {
  const client = member(node, "client") as object | undefined;
  if (client === undefined) return [{ identity: node, isReady: false, info: () => cluster.nodeClient(node).then(infoFrom) }];
  return member(client, "isReady") === true ? [{ identity: client, isReady: true, info: () => infoFrom(client) }] : [];
};

const infoFrom = (client: object): PromiseLike<unknown> =>
  (client as { sendCommand(words: readonly string[]): PromiseLike<unknown> }).sendCommand(["CLUSTER", "INFO"]);

const unreachable = /^(?:Failed to refresh slots cache|None of startup nodes)/;

/** What ioredis says when it finds no node, which keeps none of their errors but that of a refused CLUSTER SLOTS. */
export const kindOfCluster: KindOf = (error) => {
  if (!unreachable.test(String(member(error, "message")))) return undefined;
  const kind = kindOf(member(error, "lastNodeError")) ?? "not connected";
  return kind === "not connected" ? "not connected: none of the cluster's nodes can be reached" : undefined;
};
