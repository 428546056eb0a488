import type { CheckContext } from "probekit";
import type { Mongodb } from "./mongodb-client.js";
import { patientQuestion } from "../shared/patient-question.js";
import { underSignal } from "../shared/under-signal.js";
import { watched } from "../shared/watched.js";

/** What a run does while it waits for its answer. */
export interface Waiting<T> {
  readonly everyMs: number;
  look(): T | undefined;
}

const takenBack = new Error("the ping was taken back");

/**
 * Sends a ping, or waits for the one that is out, and looks up meanwhile. A ping that its last run leaves unanswered is
 * taken back: a driver that knows signals gives up its place in a queue, or the connection that it was sent over.
 * Settles as the first look that has something to say, or resolves when the ping is answered.
 */
export const mongodbPing = (mongodb: Mongodb) => {
  let sent: AbortController | undefined;
  let waiting = 0;
  const ask = patientQuestion(async (): Promise<undefined> => {
    await mongodb.connect();
    const ping = new AbortController();
    sent = ping;
    try {
      await mongodb.database().command({ ping: 1 }, { signal: ping.signal });
    } catch (error) {
      throw ping.signal.aborted ? takenBack : error;
    } finally {
      if (sent === ping) sent = undefined;
    }
  });
  // A driver takes a moment to give up a ping that was taken back: a run that comes meanwhile must not fail by it.
  const asked = async (signal: AbortSignal, timeoutMs: number | undefined): Promise<undefined> => {
    try {
      return await ask(signal, timeoutMs);
    } catch (error) {
      if (error !== takenBack || signal.aborted) throw error;
      return ask(signal, timeoutMs);
    }
  };
  const leave = (run: AbortController): void => {
    run.abort();
    if (waiting === 0) sent?.abort();
  };
  return async <T>({ signal, timeoutMs }: CheckContext, { everyMs, look }: Waiting<T>): Promise<T | undefined> => {
    const run = new AbortController();
    let isAnswered = false;
    const onAnswered = (): void => void (isAnswered = true);
    waiting += 1;
    try {
      signal.throwIfAborted();
      const answer = asked(run.signal, timeoutMs);
      answer.then(onAnswered, onAnswered);
      return await underSignal(signal, watched<T | undefined>(answer, everyMs, look));
    } finally {
      waiting -= 1;
      if (!isAnswered) leave(run);
    }
  };
};
