import { hasMethods, member, numberOf } from "../shared/duck.js";
import { onPoolRelease } from "../shared/pool-release.js";
import { ifFull, type PoolLevel, type WatchedPool } from "../shared/saturation.js";

/** What the driver knows of the servers; a client that was never connected, or is closed, has none. */
export const topologyOf = (client: unknown): unknown => member(client, "topology") ?? undefined;

/** Whether a client's attempt to connect failed: the driver refuses every command from then on, until `connect()` is called again. */
export const isDestroyed = (client: unknown): boolean => {
  const topology = topologyOf(client);
  return hasMethods(topology, ["isDestroyed"]) && (topology as { isDestroyed(): boolean }).isDestroyed();
};

const valuesOf = (map: unknown): unknown[] => (map instanceof Map ? [...map.values()] : []);

const writable = ["RSPrimary", "Standalone", "Mongos", "LoadBalancer"];

// Without a set or a cluster around it, a server of any known kind is asked.
const isUsable = (topologyType: unknown) => (description: unknown): boolean => {
  const type = String(member(description, "type"));
  return writable.includes(type) || (topologyType === "Single" && type !== "Unknown");
};

/**
 * Why no server can be asked, as an error, from what the driver's monitors found last; `undefined` while one can be, or
 * while they still look.
 */
export const unreachable = (client: unknown): unknown => {
  const description = member(topologyOf(client), "description");
  const servers = valuesOf(member(description, "servers"));
  if (description === undefined || servers.some(isUsable(member(description, "type")))) return undefined;
  const failed = servers.filter((server) => (member(server, "error") ?? undefined) !== undefined);
  if (servers.length > 0 && failed.length === servers.length) return member(failed[0], "error");
  const isLeaderless = servers.length === 0 || servers.some((server) => member(server, "type") === "RSSecondary");
  return isLeaderless ? new Error("not connected: the replica set has no primary that can be reached") : undefined;
};

const levelOf = (pool: unknown): PoolLevel => {
  const count = (name: string): number => numberOf(member(pool, name));
  const free = count("availableConnectionCount");
  const used = count("totalConnectionCount") - free - count("pendingConnectionCount");
  return { used, free, waiting: count("waitQueueSize"), max: numberOf(member(member(pool, "options"), "maxPoolSize")) };
};

const sum = (a: PoolLevel, b: PoolLevel): PoolLevel =>
  ({ used: a.used + b.used, free: a.free + b.free, waiting: a.waiting + b.waiting, max: a.max + b.max });

/**
 * How full the pools of the servers are that may be asked, when all their connections are lent and somebody waits;
 * `undefined` while that is not so. The driver's events tell the same, but at a cost for each of the application's commands.
 */
export const mongodbFull = (client: unknown): PoolLevel | undefined => {
  const topology = topologyOf(client);
  const usable = isUsable(member(member(topology, "description"), "type"));
  const servers = valuesOf(member(member(topology, "s"), "servers")).filter((server) => usable(member(server, "description")));
  const levels = servers.map((server) => levelOf(member(server, "pool") ?? member(member(server, "s"), "pool")));
  if (levels.length === 0 || !levels.every(({ waiting }) => waiting > 0)) return undefined;
  const full = ifFull(levels.reduce(sum));
  return full && { ...full, waiting: full.waiting - 1 }; // One of them is the check's own.
};

/** A client's pools, whose releases the driver tells as events. */
export const mongodbPools = (client: unknown): WatchedPool => ({
  identity: client,
  onRelease: (listener) => onPoolRelease(client, listener, "connectionCheckedIn"),
});
