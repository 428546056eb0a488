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
