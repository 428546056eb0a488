import { attempt, underSignal } from "./under-signal.js";

/** After how many timeouts a question is given up, and the longest that one is waited for: ten minutes, as for runs that never settle. */
const giveUpAfterTimeouts = 10;
const longestMs = 600_000;

interface Out<R> {
  readonly answer: Promise<R>;
  readonly askedAt: number;
}

/**
 * Asks a client that has a pool of its own at most one question at a time, as `sharedQuestion` does, and gives up one
 * that is not answered for ten timeouts: its connection may be dead while the pool's others are not. The next is given
 * up after twice that, then four times …, until one is answered.
 * @returns asks, or waits for the question that is out; rejects with the signal's reason when it aborts
 */
export const patientQuestion = <R>(ask: () => R | PromiseLike<R>): ((signal: AbortSignal, timeoutMs?: number) => Promise<R>) => {
  let out: Out<R> | undefined;
  let givenUp = 0;
  const send = (): Out<R> => {
    const sent = { answer: attempt(ask), askedAt: performance.now() };
    const onSettled = (): void => {
      givenUp = 0;
      if (out === sent) out = undefined;
    };
    sent.answer.then(onSettled, onSettled);
    return sent;
  };
  const giveUp = (timeoutMs: number): void => {
    const patienceMs = Math.min(longestMs, timeoutMs * giveUpAfterTimeouts * 2 ** givenUp);
    if (out === undefined || performance.now() - out.askedAt < patienceMs) return;
    out = undefined;
    givenUp += 1;
  };
  return (signal, timeoutMs = 500) => {
    signal.throwIfAborted();
    giveUp(timeoutMs);
    out ??= send();
    return underSignal(signal, out.answer);
  };
};
