import { stripVTControlCharacters } from "node:util";

/** More than this of a text is never looked at. */
const lookedAt = 2000;

// Control and format characters, what ends a line, and halves of a pair: a terminal would act on them, or a log show two lines.
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\s]+/gu;

/** The parameters of a query whose value is shown; that of any other may be a secret. */
const harmless = new Set(["exclude", "format", "verbose"]);

const parameter = /([?&#])([^=&#?]*)=([^&#]+)/g;

/** The values that are not shown. */
export const secretValues = (query: string): string[] =>
  [...query.matchAll(parameter)].flatMap(([, , name = "", value = ""]) => (harmless.has(name) ? [] : [value]));

/** A URL, or what follows its host, without the values of its query. */
export const withoutValues = (url: string): string =>
  url.replace(parameter, (all: string, sign: string, name: string) => (harmless.has(name) ? all : `${sign}${name}=***`));

// Rather a host too much than half a secret: a password may hold any character, `@` and `/` among them.
const withoutCredentials = (url: string): string => {
  const from = url.indexOf("//");
  const at = url.lastIndexOf("@");
  return from >= 0 && at >= from + 2 ? `${url.slice(0, from + 2)}***${url.slice(at)}` : url;
};

/** A URL, a relative one too, without its credentials and the values of its query. */
export const maskedUrl = (url: string): string => withoutValues(withoutCredentials(url));

const masked = (text: string): string =>
  text.includes("//") ? text.replace(/\S+/g, (word) => (word.includes("//") ? maskedUrl(word) : word)) : text;

/** A text cut at so many characters, an ellipsis for what is left out. */
export const cut = (text: string, most: number): string => {
  if (text.length <= most) return text;
  const kept = text.slice(0, Math.max(0, most - 1));
  // Half of a pair of surrogates is no character.
  return `${kept.replace(/[\uD800-\uDBFF]$/, "")}…`;
};

/**
 * What a server said, fit for a terminal and a log: one line without escape sequences, control and invisible characters;
 * credentials and values of queries in URLs masked; cut at `most` characters.
 */
export const plainText = (text: string, most = 200): string => {
  const seen = masked(text).slice(0, lookedAt);
  return cut(masked(stripVTControlCharacters(seen).replace(unprintable, " ")).trim(), most);
};

/** A word of the command line as it was given, in quotes; what can't be seen is spelled out. */
export const quoted = (word: string): string =>
  JSON.stringify(cut(word, 200)).replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`,
  );
