/** Does something whose outcome nobody waits for; what it throws, now or later, is its own affair. */
export const quietly = (work: () => unknown): void => {
  attempt(work).catch(() => {});
};

/** Begins something; what it throws at once is a rejection. */
export const attempt = async <T>(work: () => T | PromiseLike<T>): Promise<T> => work();

/**
 * Settles as `work` does, or rejects with the signal's reason as soon as that aborts.
 * What `work` says later is heard by nobody, and is no unhandled rejection.
 */
export const underSignal = <T>(signal: AbortSignal, work: PromiseLike<T>): Promise<T> =>
  new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason as Error);
    const settled = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).then(settled);
    if (signal.aborted) onAbort();
  });
