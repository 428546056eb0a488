import { described, hasMethods, member, numberOf, refuseClient } from "../shared/duck.js";
import type { PoolLevel } from "../shared/saturation.js";

/** Where a client stands: `ready`, `opening` (worth waiting for), or the word for why it is not connected. */
export type RedisState = "ready" | "opening" | { readonly lost: string };

/** What any Redis client tells of its connection. */
export interface RedisConnection {
  /** The client itself: all of its checks share what they listen to. */
  readonly identity: object;
  state(): RedisState;
  /** Opens a lazy client; nothing for one that opens itself. */
  open(): PromiseLike<unknown> | undefined;
  on(event: string, listener: (detail: unknown) => void): void;
  off(event: string, listener: (detail: unknown) => void): void;
}

/** A Redis client as the check sees it, whichever library it is of. */
export interface RedisClient extends RedisConnection {
  ping(): PromiseLike<unknown>;
  /** Whether a connection stands idle that a PING would be sent over at once, whatever another still waits for. */
  hasIdle(): boolean;
  /** The level of a pool whose clients are all in use; `undefined` while that is not so, or for no pool. */
  full(): PoolLevel | undefined;
}

/** Throws the typed error of a check that was handed something else. */
export const refuseRedis = (got: string): never =>
  refuseClient("redisCheck", "an ioredis (5 or 6) or node-redis (4, 5 or 6) client", got);

type Emitter = Record<"on" | "removeListener", (event: string, listener: (detail: unknown) => void) => unknown>;

/** A client of either library by its shape. @throws HealthError `invalid-client` for anything else */
export const redisClientOf = (client: unknown): RedisClient => {
  if (typeof client === "function") return refuseRedis(described(client));
  if (hasMethods(client, ["internal_send_command"])) return refuseRedis("a node-redis client of version 3 or older");
  if (!hasMethods(client, ["ping", "on", "removeListener"])) return refuseRedis(described(client));
  if (hasMethods(client, ["getMasterNode", "acquire"])) return nodeRedisSentinel(client);
  if (typeof member(client, "isOpen") === "boolean") return nodeRedis(client);
  if (hasMethods(client, ["defineCommand", "duplicate"])) return ioredis(client);
  return refuseRedis(described(client));
};

/** A client, and the emitter in it. */
export const redisEvents = (client: unknown): Pick<RedisConnection, "identity" | "on" | "off"> => ({
  identity: client as object,
  on: (event, listener) => void (client as Emitter).on(event, listener),
  off: (event, listener) => void (client as Emitter).removeListener(event, listener),
});

const ping = (client: unknown) => (): PromiseLike<unknown> => (client as { ping(): PromiseLike<unknown> }).ping();

const onlyIn4 = ["dropBufferSupport", "maxScriptsCachingTime"];

/** The connection of an ioredis client, of a Cluster too; ioredis-mock has no status, and answers at once. */
export const ioredisConnection = (client: unknown): RedisConnection => {
  const options = member(client, "options");
  if (onlyIn4.some((name) => member(options, name) !== undefined)) return refuseRedis("an ioredis client of version 4 or older");
  return {
    ...redisEvents(client),
    state: () => ioredisState(member(client, "status")),
    open: () => (member(client, "status") === "wait" ? (client as { connect(): PromiseLike<unknown> }).connect() : undefined),
  };
};

const ioredis = (client: unknown): RedisClient => ({
  ...ioredisConnection(client),
  ping: ping(client),
  full: () => undefined,
  hasIdle: () => false,
});

const ioredisState = (status: unknown): RedisState => {
  if (status === "wait" || status === "connecting" || status === "connect") return "opening";
  if (status === "reconnecting") return { lost: "reconnecting" };
  return status === "close" || status === "end" || status === "disconnecting" ? { lost: "closed" } : "ready";
};

/** Why a node-redis client is not open; `undefined` while it is. */
export const nodeRedisClosed = (client: unknown): (() => RedisState | undefined) => {
  let seenOpen = false;
  return () => {
    if (member(client, "isOpen") !== true) return { lost: seenOpen ? "closed" : "connect() was not called on the client, or it is closed" };
    seenOpen = true;
    return undefined;
  };
};

/**
 * node-redis tells connecting from reconnecting by events alone. Listening for them for good would change what the
 * application sees, so a client is waited for once: when it isn't ready on the next look either, it is reconnecting.
 */
const nodeRedis = (client: unknown): RedisClient => {
  if (member(member(client, "options"), "legacyMode") === true) return refuseRedis("a node-redis client in legacy mode");
  const isReady = (): boolean => member(client, "isReady") !== false;
  const closed = nodeRedisClosed(client);
  let waitedFor = false;
  const state = (): RedisState => {
    const lost = closed();
    if (lost === undefined && !isReady() && waitedFor) return { lost: "reconnecting" };
    waitedFor = lost === undefined;
    return lost ?? (isReady() ? "ready" : "opening");
  };
  const isPool = typeof member(client, "totalClients") === "number";
  const hasIdle = (): boolean => isPool && numberOf(member(client, "idleClients")) > 0;
  const full = (): PoolLevel | undefined => (isPool ? fullPool(client) : undefined);
  return { ...redisEvents(client), ping: isPool ? pingOfPool(client) : ping(client), hasIdle, state, full, open: () => undefined };
};

// A pool lends clients that reconnect, too; the PING would queue in one of them.
const pingOfPool = (pool: unknown) => (): PromiseLike<unknown> =>
  (pool as { execute(task: (client: object) => Promise<unknown>): Promise<unknown> }).execute(async (client) => {
    if (member(client, "isReady") === false) throw new Error("not connected: reconnecting");
    return ping(client)();
  });

// A command that a Sentinel is given while it has no connection to the master is tried again and again inside it.
const nodeRedisSentinel = (client: unknown): RedisClient => {
  const closed = nodeRedisClosed(client);
  const hasMaster = (): boolean => (client as { getMasterNode(): unknown }).getMasterNode() !== undefined;
  const state = (): RedisState => {
    if (member(client, "isReady") !== true) return closed() ?? { lost: "connecting" };
    return closed() ?? (hasMaster() ? "ready" : { lost: "no connection to the master" });
  };
  return { ...redisEvents(client), ping: ping(client), hasIdle: () => false, state, full: () => undefined, open: () => undefined };
};

// A pool opens clients up to its maximum, which it does not show: a task that waits beside no idle one means that it is reached.
const fullPool = (client: unknown): PoolLevel | undefined => {
  const [free, used, waiting] = ["idleClients", "clientsInUse", "tasksQueueLength"].map((name) => numberOf(member(client, name)));
  return free === 0 && used! > 0 && waiting! > 0 ? { free, used: used!, waiting: waiting!, max: used! } : undefined;
};
