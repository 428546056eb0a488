import { lookup } from "node:dns";
import type { LookupFunction } from "node:net";

type Answer = Parameters<LookupFunction>[2];

/**
 * `dns.lookup` that asks about a host once at a time: while the answer is out, whoever asks the same waits for it. A
 * look-up can't be cancelled and holds one of Node's few threads, so that with dead name servers those of runs that
 * timed out would pile up.
 */
export const sharedLookup = (): LookupFunction => {
  const out = new Map<string, Answer[]>();
  return (hostname, options, callback) => {
    const question = JSON.stringify([hostname, options.all, options.family, options.hints]);
    const waiting = out.get(question);
    if (waiting !== undefined) return void waiting.push(callback);
    const callers = [callback];
    out.set(question, callers);
    lookup(hostname, options, (...answer) => {
      out.delete(question);
      for (const caller of callers) caller(...answer);
    });
  };
};
