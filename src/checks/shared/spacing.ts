/** The longest that a question which hung keeps the next one from being asked: ten minutes, as for runs that never settle. */
const longestMs = 600_000;

/** Spaces the questions of one check while they hang: the server may go on with each of them after its connection is cut. */
export interface Spacing {
  /** How long the next question has to wait, in milliseconds; 0 when it may be asked. */
  leftMs(): number;
  /** How many have hung in a row. */
  hung(): number;
  /** A question is sent to the server. */
  onAsked(): void;
  /**
   * The run was aborted. If its question had been sent, twice the time since then passes before the next, and twice as
   * much after each that hangs again.
   */
  onAborted(): void;
  /** The run ended by itself. If its question had been sent, that was answered, with whatever, and none hangs any more. */
  onEnded(): void;
}

/** No question has hung yet. */
export const spacing = (): Spacing => {
  let inARow = 0;
  let until = 0;
  let askedAt: number | undefined;
  return {
    leftMs: () => Math.max(0, until - performance.now()),
    hung: () => inARow,
    onAsked: () => {
      askedAt = performance.now();
    },
    onAborted: () => {
      if (askedAt === undefined) return;
      inARow += 1;
      until = performance.now() + Math.min(longestMs, (performance.now() - askedAt) * 2 ** inARow);
      askedAt = undefined;
    },
    onEnded: () => {
      if (askedAt === undefined) return;
      inARow = 0;
      until = 0;
      askedAt = undefined;
    },
  };
};
