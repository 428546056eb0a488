import type { Outcome } from "./outcome.js";
import type { Cause } from "./report.js";

/** As many causes as one line names. */
const mostNamed = 8;

const shown = ({ name, status, reason, message }: Cause): string => {
  const why = reason === undefined || reason === message ? status : reason;
  return [why === undefined ? name : `${name} ${why}`, ...(message === undefined ? [] : [message])].join(": ");
};

const named = (causes: readonly Cause[]): string[] => {
  const left = causes.length - mostNamed;
  return [...causes.slice(0, mostNamed).map(shown), ...(left > 0 ? [`and ${left} more`] : [])];
};

/** Why an outcome is no better: `draining, redis timeout, database failed`. Empty where nothing is to be said. */
export const whyOf = ({ message, causes }: Outcome): string => [...(message === undefined ? [] : [message]), ...named(causes)].join(", ");

/** What has to differ for an outcome to count as a change; what a check says of itself may differ at each run. */
export const kindOf = ({ status, passes, message, causes }: Outcome): string =>
  JSON.stringify([status, passes, message, causes.map(({ name, reason }) => [name, reason])]);
