import { stripVTControlCharacters } from "node:util";

/** More than this of a text is never looked at. */
const lookedAt = 2000;

// Control and format characters, what ends a line, and halves of a pair: a terminal would act on them, or a log show two lines.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\s]+/gu;

// Rather a host too much than half a secret: a password may hold any character, `@` and `/` among them.
const maskWord = (word: string): string => {
  const from = word.indexOf("://");
  const at = word.lastIndexOf("@");
  return from >= 0 && at >= from + 3 ? `${word.slice(0, from + 3)}***${word.slice(at)}` : word;
};

const masked = (text: string): string => (text.includes("://") ? text.replace(/\S+/g, maskWord) : text);

/** A text cut at so many characters, an ellipsis for what is left out. */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const kept = text.slice(0, Math.max(0, most - 1));
  // Half of a pair of surrogates is no character.
  return `${kept.replace(/[\uD800-\uDBFF]$/, "")}…`;
};

/**
 * What a server said, fit for a terminal and a log: one line without escape sequences, control and invisible characters;
 * credentials in URLs masked; cut at `most` characters.
 */
export const plainText = (text: string, most = 200): string => {
  const seen = masked(text).slice(0, lookedAt);
  return cut(masked(stripVTControlCharacters(seen).replace(unprintable, " ")).trim(), most);
};

/** A text without the secrets that were sent. */
export const withoutSecrets = (text: string, secrets: readonly string[]): string =>
  secrets.reduce((left, secret) => left.replaceAll(secret, "***"), text);
