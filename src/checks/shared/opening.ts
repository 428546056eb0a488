import type { Lease } from "./lease.js";
import { quietly } from "./under-signal.js";

/** How a request for a connection is made. */
export interface Requesting<C> {
  /** Asks for one; what it returns can take the request out of the client's queue, and tells whether it stood there. */
  request(onLent: (error: unknown, connection?: C) => void): () => boolean;
  giveBack(connection: C): unknown;
}

interface Opening<C> {
  waiter: { resolve(connection: C): void; reject(error: unknown): void } | undefined;
}

/**
 * Requests of which at most one is left behind: one that can't be withdrawn, because its connection is just being
 * opened, is taken up by the next run, so that a server that hangs is not asked for ever more connections. A connection
 * that comes when no run waits is given back.
 */
export const openingOnce = <C extends object>({ request, giveBack }: Requesting<C>): (() => Lease<C>) => {
  let left: Opening<C> | undefined;
  const begin = (opening: Opening<C>): (() => boolean) =>
    request((error, connection) => {
      const { waiter } = opening;
      opening.waiter = undefined;
      if (left === opening) left = undefined;
      if (connection === undefined) waiter?.reject(error);
      else if (waiter === undefined) quietly(() => giveBack(connection));
      else waiter.resolve(connection);
    });
  const takeUp = (opening: Opening<C>, take: () => boolean = () => false): Lease<C> => {
    const connection = new Promise<C>((resolve, reject) => {
      opening.waiter = { resolve, reject };
    });
    const withdraw = (): void => {
      if (opening.waiter === undefined) return;
      opening.waiter = undefined;
      if (!take()) left = opening;
    };
    return { connection, withdraw };
  };
  return () => {
    if (left !== undefined && left.waiter === undefined) return takeUp(left);
    const opening: Opening<C> = { waiter: undefined };
    let take: () => boolean = () => false;
    const lease = takeUp(opening, () => take());
    take = begin(opening);
    return lease;
  };
};
