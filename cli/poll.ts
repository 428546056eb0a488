/** How often something is asked, and until when. */
export interface Polling {
  /** From the start of one question to the start of the next, in milliseconds; a slower answer is followed at once. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
}

// Neither a server nor this machine is to be kept busy by answers that are slower than the interval.
const leastPauseMs = 20;

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, Math.max(ms, leastPauseMs));
    signal.addEventListener("abort", end);
  });

/** Asks one thing over and over, one question at a time, until it is aborted. */
export const poll = async <T>(
  question: (signal: AbortSignal) => Promise<T>,
  { intervalMs, signal }: Polling,
  hear: (answer: T) => void,
): Promise<void> => {
  while (!signal.aborted) {
    const begun = performance.now();
    const answer = await question(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    if (signal.aborted) return;
    hear(answer as T);
    await pause(begun + intervalMs - performance.now(), signal);
  }
};
