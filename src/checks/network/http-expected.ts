import { HealthError, type CheckVerdict } from "probekit";
import { described, hasMethods, member } from "../shared/duck.js";
import type { HttpBody } from "./http-exchange.js";
import { quietly } from "../shared/under-signal.js";

/** Status codes from one to another, both included. */
export interface StatusRange {
  readonly from: number;
  readonly to: number;
}

/** What a body must hold: a text, a match, or what a function says `true` to. */
export type ExpectedBody = string | RegExp | ((body: string) => boolean);

const refuse = (option: string, expected: string, got: string): never => {
  throw new HealthError("invalid-option", `${option} must be ${expected}; got ${got}`);
};

const isCode = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 200 && Number(value) <= 599;

const shown = (value: unknown): string => (typeof value === "number" ? String(value) : described(value));

const wanted = "a status code from 200 to 599, a range { from, to } of them, or an array of such";

const rangeOf = (value: unknown): StatusRange => {
  if (isCode(value)) return { from: Number(value), to: Number(value) };
  const [from, to] = [member(value, "from"), member(value, "to")];
  if (isCode(from) && isCode(to) && Number(from) <= Number(to)) return value as StatusRange;
  const got = typeof value === "object" && from !== undefined ? `from ${shown(from)} to ${shown(to)}` : shown(value);
  return refuse("expectedStatus", wanted, got);
};

/**
 * The ranges of status codes that are expected.
 * @throws HealthError `invalid-option`
 */
export const statusOption = (value: unknown): readonly StatusRange[] => {
  if (value === undefined) return [{ from: 200, to: 299 }];
  if (Array.isArray(value) && value.length === 0) return refuse("expectedStatus", wanted, "an empty one");
  return [value].flat().map(rangeOf);
};

/** Whether a status code is in one of some ranges. */
export const isIn = (ranges: readonly StatusRange[], code: number): boolean => ranges.some(({ from, to }) => code >= from && code <= to);

const named = ({ from, to }: StatusRange): string => (from === to ? String(from) : `${from} to ${to}`);

/** What an answer of another status code than the expected ones means. */
export const unexpected = (code: number, ranges: readonly StatusRange[]): string => {
  if (code === 401) return "authentication failed (401)";
  if (code === 403) return "not permitted (403)";
  return `answered ${code}, expected ${ranges.map(named).join(" or ")}`;
};

/** Whether a body holds what it must. */
export type Holds = (body: string) => boolean;

// What a promise comes to, nobody else hears: one that rejects would end the process.
const answered = (answer: unknown): boolean => {
  if (!hasMethods(answer, ["then"])) return answer === true;
  quietly(() => answer);
  throw new Error("expectedBody returned a promise; it must answer at once");
};

// A pattern that is global or sticky goes on where it last stopped.
const patternOf = ({ source, flags }: RegExp): RegExp => new RegExp(source, flags.replace(/[gy]/g, ""));

/**
 * How a body is judged; `undefined` where nothing is expected of it.
 * @throws HealthError `invalid-option`
 */
export const bodyOption = (value: unknown, method: string): Holds | undefined => {
  if (value === undefined) return undefined;
  if (method === "HEAD") return refuse("expectedBody", "left out with HEAD, which is answered without one", described(value));
  if (typeof value === "string" && value !== "") return (body) => body.includes(value);
  if (value instanceof RegExp) return matches(patternOf(value));
  if (typeof value === "function") return asking(value as (body: string) => unknown);
  return refuse("expectedBody", "a string that is not empty, a RegExp or a function", value === "" ? "an empty one" : described(value));
};

const matches = (pattern: RegExp): Holds => (body) => pattern.test(body);

const asking = (given: (body: string) => unknown): Holds => (body) => {
  let answer: unknown;
  try {
    answer = given(body);
  } catch (error) {
    throw new Error("expectedBody threw", { cause: error });
  }
  return answered(answer);
};

/** The verdict on an answer whose status code is an expected one. */
export const verdictOnBody = (statusCode: number, { bytes, isWhole }: HttpBody, holds: Holds | undefined): CheckVerdict => {
  const data = { statusCode };
  if (holds === undefined || holds(new TextDecoder().decode(bytes))) return { status: "ok", data };
  const where = isWhole ? "the body" : "the part of the body within maxBodyBytes";
  return { status: "error", message: `${where} does not hold what is expected`, data };
};
