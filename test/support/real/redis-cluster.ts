import { connect } from "node:net";
import { missingRedis } from "./redis.js";
import { accepts, folder, freePort, served, until, type RealServer } from "./served.js";

export const missingRedisCluster = missingRedis;

/** Answers of a Redis to inline commands, as it writes them; empty where it takes no connection. */
export const redisSays = (port: number, commands: readonly string[]): Promise<string> =>
  new Promise((resolve) => {
    let said = "";
    // A sentinel knows no QUIT: ending our side makes the server answer and close.
    const socket = connect(port, "127.0.0.1", () => socket.end([...commands, ""].join("\r\n")));
    socket.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    socket.on("error", () => {}).on("close", () => resolve(said));
  });

const withPassword = (password: string | undefined): string[] => (password === undefined ? [] : [`AUTH ${password}`]);

/** A Redis Cluster of masters alone. */
export interface RedisCluster extends RealServer {
  /** Each node, to be killed or frozen by itself; starting one doesn't wait for the cluster. */
  readonly nodes: readonly RealServer[];
  /** Waits until every node says that the cluster is ok. */
  whole(): Promise<void>;
}

/** How a cluster is formed. */
export interface ClusterShape {
  readonly size?: number;
  readonly password?: string;
  /** After what time without an answer a node counts as failed, in milliseconds. */
  readonly nodeTimeoutMs?: number;
  readonly options?: readonly string[];
}

interface Node extends RealServer {
  readonly bus: number;
}

const nodeOf = async ({ password, nodeTimeoutMs = 300, options = [] }: ClusterShape): Promise<Node> => {
  const [port, bus, data] = [await freePort(), await freePort(), await folder()];
  const bound = ["--cluster-announce-ip", "127.0.0.1", "--cluster-port", String(bus)];
  const cluster = ["--cluster-enabled", "yes", "--cluster-node-timeout", String(nodeTimeoutMs), ...bound];
  const access = password === undefined ? [] : ["--requirepass", password];
  const command = ["redis-server", "--port", String(port), "--bind", "127.0.0.1", "--dir", data, "--save", "", ...cluster, ...access, ...options];
  const node = served({ port, data, command, isUp: () => accepts(port) });
  await node.start();
  return { ...node, bus };
};

const slots = 16_384;

const form = async (nodes: readonly Node[], password: string | undefined): Promise<void> => {
  for (const [index, node] of nodes.entries()) {
    const [from, to] = [index, index + 1].map((share) => Math.floor((share * slots) / nodes.length));
    const meet = nodes.slice(0, index).map((other) => `CLUSTER MEET 127.0.0.1 ${other.port} ${other.bus}`);
    await redisSays(node.port, [...withPassword(password), `CLUSTER ADDSLOTSRANGE ${from} ${to! - 1}`, ...meet]);
  }
};

/** A Redis Cluster on free ports, each node's bus on another; its nodes announce 127.0.0.1 and their own ports. */
export const redisCluster = async (shape: ClusterShape = {}): Promise<RedisCluster> => {
  const nodes: Node[] = [];
  for (let count = 0; count < (shape.size ?? 3); count++) nodes.push(await nodeOf(shape));
  await form(nodes, shape.password);
  const isOk = async (node: Node): Promise<boolean> => {
    const said = await redisSays(node.port, [...withPassword(shape.password), "CLUSTER INFO"]);
    return said.includes("cluster_state:ok") && said.includes(`cluster_known_nodes:${nodes.length}`);
  };
  const each = async (act: (node: Node) => unknown): Promise<void> => void (await Promise.all(nodes.map(act)));
  const whole = (): Promise<void> => each((node) => until(() => isOk(node)));
  await whole();
  return {
    port: nodes[0]!.port,
    nodes,
    whole,
    start: async () => {
      await each((node) => node.start());
      await whole();
    },
    stop: () => each((node) => node.stop()),
    kill: () => each((node) => node.kill()),
    freeze: () => nodes.forEach((node) => node.freeze()),
    thaw: () => nodes.forEach((node) => node.thaw()),
    restore: async () => {
      await each((node) => node.restore());
      await whole();
    },
    remove: () => each((node) => node.remove()),
  };
};
