import type { Check } from "probekit";
import { optionsOf } from "./shared/options.js";
import { redisClientOf, type RedisClient } from "./stores/redis-client.js";
import { clusterInfo, clusterVerdict } from "./stores/redis-cluster-info.js";
import { redisClusterOf, type RedisCluster } from "./stores/redis-cluster.js";
import { answerTo, expectPong, pinger } from "./stores/redis-ping.js";
import { whenReady } from "./stores/redis-ready.js";
import { patienceOf, saturation, stuckAfter, type WatchedPool } from "./shared/saturation.js";
import { underSignal } from "./shared/under-signal.js";

/** What `redisCheck` takes: the application's own client, pool, Cluster or Sentinel. */
export interface RedisInstance {
  readonly ping: (...args: never[]) => unknown;
}

/** The same of node-redis' Cluster, which has no PING in version 4. */
export interface RedisClusterInstance {
  readonly masters: readonly unknown[];
  readonly nodeClient: (...args: never[]) => unknown;
}

/** Options of {@link redisCheck}: it has none yet. */
export type RedisCheckOptions = Readonly<Record<string, never>>;

/**
 * Sends PING over a Redis client's own connection (of a Sentinel: to the master), and CLUSTER INFO over a Cluster's, to
 * one master after the other: there `cluster_state:ok` is required, and `data` says how many slots are covered.
 *
 * A client that is reconnecting or closed is an error at once: the question never queues behind it. One that is still
 * connecting is waited for (a Cluster or Sentinel of node-redis is not), and a lazy ioredis client is connected. A
 * node-redis pool whose clients are all in use warns; one that has none free for ten timeouts is stuck, an error. A Cluster
 * that is up without all of its slots warns. Where a question is still unanswered from a run that timed out, the next run
 * waits for that one, or asks another node, so that a hung server gets no more of them. The client is never closed.
 * Give it a client that neither blocks nor holds a transaction open: a PING waits behind a BLPOP, and becomes part of a
 * MULTI. An ioredis `commandTimeout` under the check's own timeout gives each PING up, so that every run sends one more.
 * @param client an ioredis client or Cluster (5 or 6), or a node-redis client, pool, Cluster or Sentinel (4, 5 or 6)
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("redis", redisCheck(redis));
 */
export const redisCheck = (client: RedisInstance | RedisClusterInstance, options?: RedisCheckOptions): Check => {
  const cluster = redisClusterOf(client);
  const check = cluster === undefined ? pingCheck(redisClientOf(client)) : clusterCheck(cluster);
  optionsOf("redisCheck", options, []);
  return check;
};

/** How long a full pool is given to answer. */
const acquireTimeoutMs = 250;

// node-redis' pool tells no releases: it is stuck when not one of its clients was free for a PING all the time.
const neverReleasing: WatchedPool = { identity: undefined, onRelease: () => () => {} };

const pingCheck = (redis: RedisClient): Check => {
  const pool = saturation("warn");
  const ping = pinger(redis, pool.over);
  const ask = whenReady(redis, async ({ signal, timeoutMs }) => {
    const answer = await answerTo(redis, signal, ping(), patienceOf(acquireTimeoutMs, timeoutMs));
    if ("full" in answer) return pool.exhausted(neverReleasing, answer.full, stuckAfter(undefined, timeoutMs));
    return expectPong(answer.reply);
  });
  return async (context) => {
    try {
      return await ask(context);
    } catch (error) {
      // A pool that is lost is not full: the time until it is back is none that it was stuck.
      if (!context.signal.aborted) pool.over();
      throw error;
    }
  };
};

const clusterCheck = (cluster: RedisCluster): Check => {
  const info = clusterInfo(cluster);
  return whenReady(cluster, async ({ signal }) => {
    const reply = info();
    if (reply === undefined) throw new Error("not connected: the client has no connection to any master");
    return clusterVerdict(await underSignal(signal, reply));
  });
};
