import { kindOf } from "../shared/failure.js";
import type { PoolLevel } from "../shared/saturation.js";
import { attempt, quietly, underSignal } from "../shared/under-signal.js";

/** A request for a connection that may be taken back. */
export interface Lease<C> {
  readonly connection: PromiseLike<C>;
  /** Takes the request out of the client's queue, where the client can. */
  withdraw(): void;
}

/** A client that lends connections: all that the smallest question needs of it. */
export interface Lender<C> {
  request(): Lease<C>;
  /** Asks on this connection alone. */
  ask(connection: C, sql: string): PromiseLike<unknown>;
  giveBack(connection: C): unknown;
  /** Parts with a connection whose question is still unanswered; it must not be lent out again as it is. */
  discard(connection: C, question: Promise<unknown>): unknown;
  /** The level of a pool whose connections are all in somebody's hands; `undefined` while that is not so. */
  full(): PoolLevel | undefined;
}

/** How full the pool was, when no connection could be had in time; `undefined` means that the question was answered. */
export type Exhausted = PoolLevel | undefined;

/** What a run brings. */
export interface LeaseTerms<C> {
  readonly signal: AbortSignal;
  /** How long a full pool is given to lend a connection, in milliseconds. */
  readonly patienceMs: number;
  /** Asks what is to be asked on the connection. */
  ask(connection: C): PromiseLike<unknown>;
}

/**
 * Asks on one connection, and leaves nothing behind: a request that the signal overtakes is withdrawn, a connection that
 * comes late is given back, and one whose question hangs is discarded.
 * Rejects with the driver's error, or with the signal's reason.
 */
export const askOnLease = async <C extends object>(lender: Lender<C>, terms: LeaseTerms<C>): Promise<Exhausted> => {
  terms.signal.throwIfAborted();
  const loan = await lent(lender, terms);
  if ("full" in loan) return loan.full;
  await askOn(lender, loan.connection, terms);
  return undefined;
};

/**
 * Whether an error says that the driver gave a question up (pg's `query_timeout`), which leaves it on the wire and in the
 * server. One that the server cancelled was answered.
 */
export const gaveUp = (error: unknown): boolean => /^timed out(?!: the server cancelled)/.test(kindOf(error) ?? "");

type Loan<C> = { readonly connection: C } | { readonly full: PoolLevel };

const lent = <C extends object>(lender: Lender<C>, { signal, patienceMs }: LeaseTerms<C>): Promise<Loan<C>> =>
  new Promise((resolve, reject) => {
    const lease = lender.request();
    let waiting = true;
    const end = (settle: () => void): void => {
      waiting = false;
      clearInterval(timer);
      signal.removeEventListener("abort", onAbort);
      settle();
    };
    const leave = (settle: () => void): void => {
      end(settle);
      quietly(() => lease.withdraw());
    };
    const onAbort = (): void => leave(() => reject(signal.reason as Error));
    const look = (): void => {
      const full = lender.full();
      if (full !== undefined) leave(() => resolve({ full: withoutOurs(full) }));
    };
    const onLent = (connection: C): void => {
      if (waiting) end(() => resolve({ connection }));
      else quietly(() => lender.giveBack(connection));
    };
    const onRefused = (error: unknown): void => {
      const full = mayBeFull(error) ? lender.full() : undefined;
      if (waiting) end(() => (full === undefined ? reject(error as Error) : resolve({ full })));
    };
    const timer = setInterval(look, patienceMs);
    timer.unref?.();
    signal.addEventListener("abort", onAbort, { once: true });
    lease.connection.then(onLent, onRefused);
  });

// The check's own request still stood in the queue when the level was read.
const withoutOurs = (full: PoolLevel): PoolLevel => ({ ...full, waiting: Math.max(0, full.waiting - 1) });

// A pool whose own patience is shorter than the check's says so with a time-out; one that has none, that it is full.
const mayBeFull = (error: unknown): boolean => /^timed out|^pool exhausted/.test(kindOf(error) ?? "");

const askOn = async <C extends object>(lender: Lender<C>, connection: C, { signal, ask }: LeaseTerms<C>): Promise<void> => {
  let isOut = false;
  let question: Promise<unknown> = Promise.resolve();
  const settled = (isHung: boolean): void => {
    isOut = isHung;
  };
  try {
    signal.throwIfAborted();
    isOut = true;
    question = attempt(() => ask(connection));
    question.then(
      () => settled(false),
      (error: unknown) => settled(gaveUp(error)),
    );
    await underSignal(signal, question);
  } finally {
    if (isOut) quietly(() => lender.discard(connection, question));
    else quietly(() => lender.giveBack(connection));
  }
};
