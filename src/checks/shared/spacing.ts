/** The longest that a question which hung keeps the next one from being asked: ten minutes, as for runs that never settle. */
const longestMs = 600_000;

/** Spaces the questions of one check while they hang: the server may go on with each of them after its connection is cut. */
export interface Spacing {
  /** How long the next question has to wait, in milliseconds; 0 when it may be asked. */
  leftMs(): number;
  /** How many have hung in a row. */
  hung(): number;
  /** A question hung for so long; twice that passes before the next, and twice as much after each that hangs again. */
  onHung(tookMs: number): void;
  /** A question was answered, with whatever. */
  onAnswered(): void;
}

/** No question has hung yet. */
export const spacing = (): Spacing => {
  let inARow = 0;
  let until = 0;
  return {
    leftMs: () => Math.max(0, until - performance.now()),
    hung: () => inARow,
    onHung: (tookMs) => {
      inARow += 1;
      until = performance.now() + Math.min(longestMs, tookMs * 2 ** inARow);
    },
    onAnswered: () => {
      inARow = 0;
      until = 0;
    },
  };
};
