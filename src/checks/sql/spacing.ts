/** The longest that a question which hung keeps the next one from being asked: ten minutes, as for runs that never settle. */
const longestMs = 600_000;

/**
 * Spaces the questions of one check while they hang: the server may go on with each of them after its connection is cut.
 * Where the server as a whole hangs or is away, it spaces nothing: something smaller is asked first then.
 */
export interface Spacing {
  /** How long the next question has to wait, in milliseconds; 0 when it may be asked. */
  leftMs(): number;
  /** How many have hung in a row. */
  hung(): number;
  /** The question is sent to the server. */
  onAsked(): void;
  /**
   * The run was given up. If the question had been sent, twice the time since then passes before the next, and twice as
   * much after each that hangs again; if not, the server hangs.
   */
  onHung(): void;
  /** If the question had been sent, it was answered, with whatever, and none hangs any more; if not, the server is away. */
  onEnded(): void;
}

/** No question has hung yet. */
export const spacing = (): Spacing => {
  let inARow = 0;
  let until = 0;
  let askedAt: number | undefined;
  const takeAskedAt = (): number | undefined => {
    const at = askedAt;
    askedAt = undefined;
    return at;
  };
  return {
    leftMs: () => Math.max(0, until - performance.now()),
    hung: () => inARow,
    onAsked: () => {
      askedAt = performance.now();
    },
    onHung: () => {
      const at = takeAskedAt();
      const now = performance.now();
      if (at !== undefined) inARow += 1;
      until = at === undefined ? 0 : now + Math.min(longestMs, (now - at) * 2 ** inARow);
    },
    onEnded: () => {
      if (takeAskedAt() !== undefined) inARow = 0;
      until = 0;
    },
  };
};
