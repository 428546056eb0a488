import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { missingRedis, redisServer } from "./redis.js";
import { redisSays } from "./redis-cluster.js";
import { accepts, folder, freePort, served, until, type RealServer } from "./served.js";

export const missingSentinel = missingRedis;

/** The name that the sentinels know their master by. */
export const masterName = "orders";

/** A master with a replica, and one sentinel that watches both; as a server it is its master. */
export interface SentinelGroup extends RealServer {
  readonly master: RealServer;
  readonly replica: RealServer;
  readonly sentinel: RealServer;
  /** The port of the master that the sentinel names now. */
  masterPort(): Promise<number>;
}

/** How a group is formed. */
export interface GroupShape {
  readonly password?: string;
  /** After what time without an answer the master counts as down, in milliseconds. */
  readonly downAfterMs?: number;
}

const sentinelOf = async (master: number, { password, downAfterMs = 60_000 }: GroupShape): Promise<RealServer> => {
  const [port, data] = [await freePort(), await folder()];
  const file = join(data, "sentinel.conf");
  const lines = [
    `port ${port}`,
    "bind 127.0.0.1",
    `dir ${data}`,
    `sentinel monitor ${masterName} 127.0.0.1 ${master} 1`,
    `sentinel down-after-milliseconds ${masterName} ${downAfterMs}`,
    `sentinel failover-timeout ${masterName} 2000`,
    ...(password === undefined ? [] : [`sentinel auth-pass ${masterName} ${password}`]),
    "",
  ];
  await writeFile(file, lines.join("\n"));
  const sentinel = served({ port, data, command: ["redis-server", file, "--sentinel"], isUp: () => accepts(port) });
  await sentinel.start();
  return sentinel;
};

/** A group whose sentinel knows the master and its replica. */
export const sentinelGroup = async (shape: GroupShape = {}): Promise<SentinelGroup> => {
  const access = shape.password === undefined ? [] : ["--requirepass", shape.password, "--masterauth", shape.password];
  const master = await redisServer(["--repl-diskless-sync-delay", "0", ...access]);
  const replica = await redisServer(["--replicaof", `127.0.0.1 ${master.port}`, ...access]);
  const auth = shape.password === undefined ? [] : [`AUTH ${shape.password}`];
  await until(async () => (await redisSays(master.port, [...auth, "INFO replication"])).includes("state=online"));
  const sentinel = await sentinelOf(master.port, shape);
  const asked = (command: string): Promise<string> => redisSays(sentinel.port, [`SENTINEL ${command} ${masterName}`]);
  await until(async () => /num-slaves\r\n\$1\r\n1\r\n/.test(await asked("master")));
  await until(async () => /role-reported\r\n\$5\r\nslave\r\n/.test(await asked("replicas")));
  const all = [sentinel, replica, master];
  return {
    ...master,
    master,
    replica,
    sentinel,
    masterPort: async () => Number(/\r\n(\d+)\r\n(?:\+OK\r\n)?$/.exec(await asked("get-master-addr-by-name"))?.[1]),
    restore: async () => void (await Promise.all(all.map((server) => server.restore()))),
    remove: async () => void (await Promise.all(all.map((server) => server.remove()))),
  };
};
