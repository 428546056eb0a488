import type { OutcomeStatus } from "./outcome.js";

const codes: Readonly<Record<OutcomeStatus, number>> = {
  healthy: 32,
  degraded: 33,
  unhealthy: 31,
  unexpected: 31,
  unreachable: 31,
  timeout: 31,
};

/** A text in the colour of a status: green, yellow, red. */
export const coloured = (text: string, status: OutcomeStatus, hasColours: boolean): string =>
  hasColours ? `\u001B[${codes[status]}m${text}\u001B[39m` : text;

/** A text that stands back. */
export const dimmed = (text: string, hasColours: boolean): string => (hasColours ? `\u001B[2m${text}\u001B[22m` : text);
