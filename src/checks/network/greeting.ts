import { HealthError } from "probekit";
import { described } from "../shared/duck.js";

/** What a server is expected to send first. */
export type Greeting = string | RegExp | Uint8Array;

/** How much of what a server sends is looked at. */
export const greetingBytes = 4096;

/** What is known after some bytes: `undefined` while more of them are needed. */
export type GreetingMatch = (received: Buffer, isAll?: boolean) => boolean | undefined;

const refuse = (got: string): never => {
  throw new HealthError("invalid-option", `expect must be a string, a RegExp or bytes, of 1 to ${greetingBytes} bytes; got ${got}`);
};

/**
 * Tells whether what a server sends begins with a string or some bytes, or whether its first line matches.
 * @throws HealthError `invalid-option`
 */
export const greetingOf = (expected: unknown): GreetingMatch => {
  if (expected instanceof RegExp) return lineMatch(expected);
  if (typeof expected === "string") return prefixMatch(Buffer.from(expected));
  return expected instanceof Uint8Array ? prefixMatch(Buffer.from(expected)) : refuse(described(expected));
};

const prefixMatch = (prefix: Buffer): GreetingMatch => {
  if (prefix.length < 1 || prefix.length > greetingBytes) return refuse(`${prefix.length} bytes`);
  return (received) => {
    const length = Math.min(received.length, prefix.length);
    if (prefix.compare(received, 0, length, 0, length) !== 0) return false;
    return length === prefix.length ? true : undefined;
  };
};

// A pattern that is global or sticky goes on where it last stopped.
const lineMatch = (given: RegExp): GreetingMatch => {
  const pattern = new RegExp(given.source, given.flags.replace(/[gy]/g, ""));
  return (received, isAll = false) => {
    const [line = "", ...rest] = received.toString().split(/\r?\n/, 2);
    const isWhole = isAll || rest.length > 0 || received.length >= greetingBytes;
    return isWhole ? pattern.test(line) : undefined;
  };
};
