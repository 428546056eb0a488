/** A message's bound: 1 KiB of UTF-8. */
const messageBytes = 1024;
/** `data`'s bound: 4 KiB of JSON. */
const dataBytes = 4096;
/** More than this of a string is never looked at. */
const lookedAt = 65_536;
const deepest = 16;

const encoder = new TextEncoder();

// The first `://` that a host can follow (`file:///` has none), or its spelling in escaped JSON.
const authority = /:(?:\/\/|\\\/\\\/)(?![\\/])/;

// Rather a host too much than half a secret: a password may hold any character, `@`, `/` and `://` among them.
const maskWord = (word: string): string => {
  const found = authority.exec(word);
  const at = word.lastIndexOf("@");
  if (found === null) return word;
  const from = found.index + found[0].length;
  return at >= from ? `${word.slice(0, from)}***${word.slice(at)}` : word;
};

/** Replaces `user:secret@` in every URL of a text by `***@`, in linear time. */
export const maskCredentials = (text: string): string => {
  const whole = text.length <= lookedAt;
  const part = whole ? text : text.slice(0, lookedAt);
  if (!authority.test(part)) return part;
  // A URL that the cut went through may have lost its "@": one is lent to it.
  return (whole ? part : `${part}@`).replace(/\S+/g, maskWord);
};

const cut = (text: string, bytes: number): string => {
  if (text.length * 3 <= bytes) return text;
  const room = new Uint8Array(bytes);
  if (encoder.encodeInto(text, room).read === text.length) return text;
  return `${text.slice(0, encoder.encodeInto(text, room.subarray(3)).read)}…`;
};

/** A text with its credentials masked, then cut at 1 KiB of UTF-8. */
export const boundedText = (text: string): string => cut(maskCredentials(text), messageBytes);

// Control characters and the two separators that end a line.
const breaks = /[\p{Cc}\u2028\u2029]+/gu;

/** A text without line breaks, terminal escapes and other control characters, so that it can't pass for two lines. */
export const oneLine = (text: string): string => text.replace(breaks, " ");

/** Any value as text; never throws. */
export const safeText = (value: unknown): string => {
  try {
    return typeof value === "string" ? value : String(value);
  } catch {
    return "[unreadable]";
  }
};

// Node's streams make a Buffer of any other bytes, at each write.
/** A text's UTF-8; a Buffer where there are any. */
export const encoded: (text: string) => Uint8Array = globalThis.Buffer ? (text) => Buffer.from(text) : (text) => encoder.encode(text);

/** How many bytes of UTF-8 a text takes. */
export const byteLength: (text: string) => number = globalThis.Buffer?.byteLength ?? ((text) => encoder.encode(text).length);

/** Bytes of JSON still allowed; what is spent is never more than what the value takes. */
type Budget = { left: number };

const spend = <T>(budget: Budget, cost: number, value: T): T => {
  budget.left -= cost;
  if (budget.left < 0) throw budget;
  return value;
};

const plainString = (text: string, budget: Budget): string => {
  if (text.length > dataBytes) throw budget;
  const masked = maskCredentials(text);
  return spend(budget, byteLength(JSON.stringify(masked)), masked);
};

const plainObject = (value: object, budget: Budget, parents: readonly object[]): unknown => {
  if (parents.includes(value)) return plainString("[circular]", budget);
  if (parents.length >= deepest) return plainString("[too deep]", budget);
  if (ArrayBuffer.isView(value)) return plainString("[binary]", budget);
  const path = [...parents, value];
  const toJson: unknown = (value as { toJSON?: unknown }).toJSON;
  if (typeof toJson === "function") return plain(() => toJson.call(value) as unknown, budget, path);
  spend(budget, 2, undefined);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (let index = 0; index < value.length; index++) list.push(plain(() => value[index] ?? null, budget, path));
    return Object.freeze(list);
  }
  if (value instanceof Error) return plainString(`${value.name}: ${value.message}`, budget);
  const record: Record<string, unknown> = {};
  for (const key of Object.keys(value)) {
    spend(budget, 1, undefined);
    const entry = plain(() => (value as Record<string, unknown>)[key], budget, path);
    if (entry !== undefined) define(record, plainString(key, budget), entry);
  }
  return Object.freeze(record);
};

const plain = (read: () => unknown, budget: Budget, parents: readonly object[]): unknown => {
  try {
    const value = read();
    switch (typeof value) {
      case "string":
        return plainString(value, budget);
      case "number":
        return Number.isFinite(value) ? spend(budget, String(value).length, value) : plainString(String(value), budget);
      case "boolean":
        return spend(budget, 4, value);
      case "undefined":
        return undefined;
      case "object":
        return value === null ? spend(budget, 4, null) : plainObject(value, budget, parents);
      default:
        return plainString(typeof value === "function" ? "[function]" : String(value), budget);
    }
  } catch (error) {
    if (error === budget) throw error;
    return plainString("[unreadable]", budget);
  }
};

/** Sets a key, `__proto__` included, as an ordinary one. */
export const define = <T>(record: Record<string, T>, key: string, value: T): void => {
  if (key === "__proto__") Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
  else record[key] = value;
};

/**
 * A frozen plain-JSON copy of any value, credentials masked; over 4 KiB a marker stands for the whole.
 * Circular references, BigInt, functions, symbols and getters that throw are replaced. Never throws.
 */
export const boundedData = (value: unknown): unknown => {
  const budget: Budget = { left: dataBytes };
  try {
    const copy = plain(() => value, budget, []);
    return copy !== undefined && byteLength(JSON.stringify(copy)) > dataBytes ? oversize : copy;
  } catch {
    return oversize;
  }
};

const oversize = "[over 4 KiB]";
