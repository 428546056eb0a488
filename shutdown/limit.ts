/** How long a shutdown may take, and what ends it before. */
export interface Limit {
  elapsedMs(): number;
  leftMs(): number;
  /** Aborted when there is no time any more. */
  readonly over: AbortSignal;
  /** Ends it now, and says why. */
  breakOff(why: string): void;
  /** What it was broken off by, if it was not time. */
  brokenOffBy(): string | undefined;
  /** Forgets the timer, when all is done. */
  end(): void;
}

/** A limit that counts from now. Its timer holds the process. */
export const newLimit = (timeoutMs: number): Limit => {
  const from = performance.now();
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), timeoutMs);
  const elapsedMs = (): number => performance.now() - from;
  let by: string | undefined;
  return {
    elapsedMs,
    leftMs: () => Math.max(0, timeoutMs - elapsedMs()),
    over: over.signal,
    breakOff: (why) => {
      if (!over.signal.aborted) by = why;
      over.abort();
    },
    brokenOffBy: () => by,
    end: () => clearTimeout(timer),
  };
};

/** Waits for work, but neither longer than `ms` nor beyond the limit. Says whether the work ended; what it throws is thrown. */
export const endsWithin = (work: PromiseLike<unknown>, ms: number | undefined, { over }: Limit): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => settle(() => resolve(false));
    const timer = ms === undefined ? undefined : setTimeout(giveUp, ms);
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      over.removeEventListener("abort", giveUp);
      act();
    };
    over.addEventListener("abort", giveUp);
    if (over.aborted) giveUp();
    work.then(
      () => settle(() => resolve(true)),
      (error: unknown) => settle(() => reject(error)),
    );
  });

/** One turn of the event loop: what has arrived by now is read first. */
export const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** Waits so long, or until the limit. */
export const pause = (ms: number, limit: Limit): Promise<boolean> => endsWithin(new Promise(() => {}), ms, limit);
