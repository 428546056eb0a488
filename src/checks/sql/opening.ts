import type { Lease } from "./lease.js";
import { quietly } from "../shared/under-signal.js";

/** A request for a connection that a client was made. */
export interface Requested {
  /** Takes it out of the client's queue; tells whether it stood there. */
  withdraw(): boolean;
  /** Destroys the connection that is being opened for it; absent where that is out of reach. */
  cut?(): unknown;
}

/** How a request for a connection is made. */
export interface Requesting<C> {
  /** The pool that is asked; what was left in another one, which the application has replaced, is not taken up. */
  pool(): unknown;
  request(onLent: (error: unknown, connection?: C) => void): Requested;
  giveBack(connection: C): unknown;
  /** Whether the client has a connection free, so that a request opens none. */
  hasFree(): boolean;
}

/** How long a connection that was left to open is waited for, in milliseconds; the next twice as long, until one settles by itself. */
const patienceMs = 5_000;
const longestMs = 60_000;

interface Opening<C> {
  readonly pool: unknown;
  requested?: Requested;
  waiter?: { resolve(connection: C): void; reject(error: unknown): void } | undefined;
  timer?: ReturnType<typeof setTimeout>;
  isGivenUp?: boolean;
}

const takeWaiter = <C>(opening: Opening<C>): Opening<C>["waiter"] => {
  const { waiter } = opening;
  opening.waiter = undefined;
  return waiter;
};

/**
 * Requests of which at most one is left behind: one that can't be withdrawn, because its connection is just being
 * opened, is taken up by the next run that finds no connection free, so that a server that hangs is not asked for ever
 * more connections. One whose connection never opens is cut after a while, and asked for anew. A connection that comes
 * when no run waits is given back.
 */
export const openingOnce = <C extends object>({ pool, request, giveBack, hasFree }: Requesting<C>): (() => Lease<C>) => {
  const left = new Set<Opening<C>>();
  let givenUp = 0;
  const settled = (opening: Opening<C>): Opening<C>["waiter"] => {
    clearTimeout(opening.timer);
    left.delete(opening);
    return takeWaiter(opening);
  };
  const giveUp = (opening: Opening<C>): void => {
    givenUp += 1;
    opening.isGivenUp = true;
    settled(opening)?.reject(new Error("connection timeout: it never opened"));
    quietly(() => opening.requested?.cut?.());
  };
  const leave = (opening: Opening<C>): void => {
    left.add(opening);
    if (opening.requested?.cut === undefined || opening.timer !== undefined) return;
    opening.timer = setTimeout(() => giveUp(opening), Math.min(longestMs, patienceMs * 2 ** givenUp));
    opening.timer.unref?.();
  };
  const begin = (opening: Opening<C>): void => {
    opening.requested = request((error, connection) => {
      const waiter = settled(opening);
      if (opening.isGivenUp !== true) givenUp = 0;
      if (connection === undefined) waiter?.reject(error);
      else if (waiter === undefined) quietly(() => giveBack(connection));
      else waiter.resolve(connection);
    });
  };
  const waitFor = (opening: Opening<C>): Lease<C> => {
    const connection = new Promise<C>((resolve, reject) => {
      opening.waiter = { resolve, reject };
    });
    const withdraw = (): void => {
      if (takeWaiter(opening) !== undefined && opening.requested?.withdraw() !== true) leave(opening);
    };
    return { connection, withdraw };
  };
  return () => {
    const asked = pool();
    const hung = hasFree() ? undefined : [...left].find((opening) => opening.waiter === undefined && opening.pool === asked);
    if (hung !== undefined) return waitFor(hung);
    const opening: Opening<C> = { pool: asked };
    const lease = waitFor(opening);
    begin(opening);
    return lease;
  };
};
