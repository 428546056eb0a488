import { attempt, quietly, underSignal } from "./under-signal.js";

/**
 * Asks a client at most one question at a time: where one is still unanswered from a run that timed out, the next run
 * waits for that one, so that a hung server gets no more of them. Each client has its own.
 * @param ask sends the question
 * @returns asks, or waits for the question that is out; rejects with the signal's reason when it aborts
 */
export const sharedQuestion = <C extends object, R>(ask: (client: C) => R | PromiseLike<R>): ((client: C, signal: AbortSignal) => Promise<R>) => {
  const out = new WeakMap<C, Promise<R>>();
  const send = (client: C): Promise<R> => {
    const answer = attempt(() => ask(client));
    out.set(client, answer);
    quietly(() => answer.finally(() => out.delete(client)));
    return answer;
  };
  return (client, signal) => {
    signal.throwIfAborted();
    return underSignal(signal, out.get(client) ?? send(client));
  };
};
