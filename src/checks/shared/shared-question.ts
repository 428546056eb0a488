import { attempt, quietly, underSignal } from "./under-signal.js";

/**
 * Asks a client at most one question at a time: where one is still unanswered from a run that timed out, the next run
 * waits for that one, so that a hung server gets no more of them. A question put to another client is forgotten.
 * @param ask sends the question
 * @returns asks, or waits for the question that is out; rejects with the signal's reason when it aborts
 */
export const sharedQuestion = <C, R>(ask: (client: C) => R | PromiseLike<R>): ((client: C, signal: AbortSignal) => Promise<R>) => {
  let out: { readonly client: C; readonly answer: Promise<R> } | undefined;
  const send = (client: C): Promise<R> => {
    const sent = { client, answer: attempt(() => ask(client)) };
    out = sent;
    quietly(() => sent.answer.finally(() => {
      if (out === sent) out = undefined;
    }));
    return sent.answer;
  };
  return (client, signal) => {
    signal.throwIfAborted();
    return underSignal(signal, out?.client === client ? out.answer : send(client));
  };
};
