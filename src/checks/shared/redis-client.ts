import { described, hasMethods, member, refuseClient } from "./duck.js";
import type { PoolLevel } from "./saturation.js";

/** Where a client stands: `ready`, `opening` (worth waiting for), or the word for why it is not connected. */
export type RedisState = "ready" | "opening" | { readonly lost: string };

/** A Redis client as the check sees it, whichever library it is of. */
export interface RedisClient {
  state(): RedisState;
  /** Opens a lazy client; nothing for one that opens itself. */
  open(): PromiseLike<unknown> | undefined;
  ping(): PromiseLike<unknown>;
  /** Whether a connection stands idle that a PING would be sent over at once, whatever another still waits for. */
  hasIdle(): boolean;
  /** The level of a pool whose clients are all in use; `undefined` while that is not so, or for no pool. */
  full(): PoolLevel | undefined;
  on(event: string, listener: (detail: unknown) => void): void;
  off(event: string, listener: (detail: unknown) => void): void;
}

const wanted = "an ioredis (5 or 6) or node-redis (4 or 5) client";

type Emitter = Record<"on" | "removeListener", (event: string, listener: (detail: unknown) => void) => unknown>;

/** A client of either library by its shape. @throws HealthError `invalid-client` for anything else */
export const redisClientOf = (client: unknown): RedisClient => {
  if (typeof client === "function") return refuseClient("redisCheck", wanted, described(client));
  if (hasMethods(client, ["internal_send_command"])) return refuseClient("redisCheck", wanted, "a node-redis client of version 3 or older");
  if (!hasMethods(client, ["ping", "on", "removeListener"])) return refuseClient("redisCheck", wanted, described(client));
  if (typeof member(client, "isOpen") === "boolean") return nodeRedis(client);
  if (hasMethods(client, ["defineCommand", "duplicate"])) return ioredis(client);
  return refuseClient("redisCheck", wanted, described(client));
};

const common = (client: unknown): Pick<RedisClient, "ping" | "on" | "off"> => ({
  ping: () => (client as { ping(): PromiseLike<unknown> }).ping(),
  on: (event, listener) => void (client as Emitter).on(event, listener),
  off: (event, listener) => void (client as Emitter).removeListener(event, listener),
});

// ioredis-mock has no status, and answers at once.
const ioredis = (client: unknown): RedisClient => ({
  ...common(client),
  full: () => undefined,
  hasIdle: () => member(client, "isCluster") === true,
  state: () => ioredisState(member(client, "status")),
  open: () => (member(client, "status") === "wait" ? (client as { connect(): PromiseLike<unknown> }).connect() : undefined),
});

const ioredisState = (status: unknown): RedisState => {
  if (status === "wait" || status === "connecting" || status === "connect") return "opening";
  if (status === "reconnecting") return { lost: "reconnecting" };
  return status === "close" || status === "end" || status === "disconnecting" ? { lost: "closed" } : "ready";
};

/**
 * node-redis tells connecting from reconnecting by events alone. Listening for them for good would change what the
 * application sees, so a client is waited for once: when it isn't ready on the next look either, it is reconnecting.
 */
const nodeRedis = (client: unknown): RedisClient => {
  const options = member(client, "options");
  if (member(options, "legacyMode") === true) return refuseClient("redisCheck", wanted, "a node-redis client in legacy mode");
  const isReady = (): boolean => member(client, "isReady") !== false;
  let seenOpen = false;
  let waitedFor = false;
  const state = (): RedisState => {
    if (member(client, "isOpen") !== true) {
      waitedFor = false;
      return { lost: seenOpen ? "closed" : "connect() was not called on the client, or it is closed" };
    }
    seenOpen = true;
    if (!isReady() && waitedFor) return { lost: "reconnecting" };
    waitedFor = true;
    return isReady() ? "ready" : "opening";
  };
  const isPool = typeof member(client, "totalClients") === "number";
  const isSingle = typeof member(client, "isReady") === "boolean";
  const hasIdle = (): boolean => (isPool ? numberOf(member(client, "idleClients")) > 0 : !isSingle);
  return { ...common(client), hasIdle, state, full: () => (isPool ? fullPool(client) : undefined), open: () => undefined };
};

const numberOf = (value: unknown): number => (typeof value === "number" ? value : 0);

// A pool opens clients up to its maximum, which it does not show: a task that waits beside no idle one means that it is reached.
const fullPool = (client: unknown): PoolLevel | undefined => {
  const [free, used, waiting] = ["idleClients", "clientsInUse", "tasksQueueLength"].map((name) => numberOf(member(client, name)));
  return free === 0 && used! > 0 && waiting! > 0 ? { free, used: used!, waiting: waiting!, max: used! } : undefined;
};
