import type { Outcome } from "./outcome.js";
import { plainText } from "./plain-text.js";

/** Makes a text of a server fit to be shown, in at most so many characters. */
export type Show = (text: string, most?: number) => string;

/** What is shorter would hit ordinary words, and nothing could be read any more. */
const shortest = 4;

/**
 * {@link plainText} without the secrets that were sent, for a server may say them back. They are taken out before anything
 * is cut, which would leave half of one, and the longest first, which may hold others.
 */
export const showing = (secrets: readonly string[]): Show => {
  const all = [...new Set(secrets)].filter(({ length }) => length >= shortest).toSorted((a, b) => b.length - a.length);
  return (text, most) =>
    plainText(
      all.reduce((left, secret) => left.replaceAll(secret, "***"), text),
      most,
    );
};

/** An outcome whose words are fit to be shown. */
export const shownOutcome = (outcome: Outcome, show: Show): Outcome => {
  const fit = (text: string | undefined, most: number): string | undefined => (text === undefined ? undefined : show(text, most));
  const { message, service, version, lifecycle, causes } = outcome;
  return {
    ...outcome,
    message: fit(message, 400),
    service: fit(service, 80),
    version: fit(version, 80),
    lifecycle: fit(lifecycle, 20),
    causes: causes.map(({ name, status, reason, message: why }) => ({
      name: show(name, 80),
      status: fit(status, 20),
      reason: fit(reason, 100),
      message: fit(why, 200),
    })),
  };
};
