import { described, hasMethods, member, refuseClient } from "../shared/duck.js";
import { kindOf } from "../shared/failure.js";
import { redisEvents, type RedisConnection, type RedisState } from "./redis-client.js";

/** One of a queue's jobs, as far as its age goes. */
export interface BullJob {
  readonly timestamp?: number;
  readonly opts?: { readonly delay?: number };
}

/** A BullMQ queue as the check sees it. */
export interface BullQueue {
  getJobCounts(...types: readonly string[]): PromiseLike<Readonly<Record<string, number>>>;
  isPaused(): PromiseLike<boolean>;
  getJobs(types: readonly string[], start: number, end: number, isAscending: boolean): PromiseLike<readonly (BullJob | null | undefined)[]>;
}

const wanted = "a BullMQ Queue (4, 5 or 6) on Redis";

const refuse = (got: string): never => refuseClient("bullmqCheck", wanted, got);

/** A queue by its shape. @throws HealthError `invalid-client` for anything else */
export const bullQueueOf = (queue: unknown): BullQueue => {
  if (!hasMethods(queue, ["getJobCounts", "getJobs", "isPaused", "on", "removeListener"])) return refuse(described(queue));
  if (!hasMethods(queue, ["waitUntilReady"])) return refuse("a queue of Bull, or of another library");
  if (!hasMethods(queue, ["getPrioritized"])) return refuse("a BullMQ queue of version 3 or older");
  return hasMethods(openedBy(queue), ["then"]) ? (queue as BullQueue) : refuse("a queue whose backend is not Redis");
};

/** The promise of a queue's own Redis client; before version 6 it was the queue's. */
const openedBy = (queue: unknown): unknown => member(queue, "client") ?? member(member(queue, "backend"), "client");

/** The connection of a queue, which it shows from the first time it is ready. Until then a run waits for it, once. */
export const bullConnection = (queue: unknown): RedisConnection => {
  const opened = openedBy(queue) as Promise<unknown>;
  const events = redisEvents(queue);
  let client: unknown;
  let failure: unknown;
  let waitedFor = false;
  const onOpened = (open: unknown): void => {
    client = open;
  };
  const onFailed = (error: unknown): void => {
    failure = error;
  };
  opened.then(onOpened, onFailed);
  const opening = (): RedisState => {
    if (failure !== undefined) return { lost: `the queue's client failed to start: ${kindOf(failure) ?? "its 'error' event says why"}` };
    if (waitedFor) return { lost: "connecting" };
    waitedFor = true;
    return "opening";
  };
  return {
    identity: events.identity,
    open: () => undefined,
    state: () => {
      if (member(queue, "closing") !== undefined) return { lost: "the queue is closed" };
      return client === undefined ? opening() : stateOf(client);
    },
    on: (event, listener) => {
      if (event === "error") events.on(event, listener);
      if (event === "ready") opened.then(listener, () => {});
    },
    off: events.off,
  };
};

// An ioredis Cluster that has connected to its nodes stays "connect" where it makes no ready check.
const stateOf = (client: unknown): RedisState => {
  const status = member(client, "status");
  if (status === "ready" || (status === "connect" && member(client, "isCluster") === true)) return "ready";
  return { lost: status === "end" || status === "close" ? "closed" : "reconnecting" };
};
