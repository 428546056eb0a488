import type { Report } from "./report.js";
import { plainText } from "./plain-text.js";
import type { Show } from "./show.js";
import { didYouMean } from "./suggestion.js";
import { misused } from "./usage-error.js";

/** What `--expect` asks for beyond a good answer. */
export interface Expectations {
  /** Whether degraded fails. */
  readonly failsDegraded: boolean;
  /** What the report must say of itself. */
  readonly version?: string | undefined;
  readonly service?: string | undefined;
}

const known = ["degraded", "service", "version"];

const example = "--expect takes degraded=fail, degraded=pass, version=VERSION or service=NAME";

const entryOf = (text: string): [string, string] => {
  const [, name = "", value = ""] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  if (!known.includes(name)) misused(`${example}; got ${JSON.stringify(plainText(text, 40))}${didYouMean(name, known)}`);
  if (name === "degraded" && !/^(?:fail|pass)$/.test(value)) misused(`${example}; got ${JSON.stringify(plainText(text, 40))}`);
  return [name, value];
};

/** @throws a usage error for what is not known, and for one thing that is asked for twice */
export const expectationsOf = (given: readonly string[]): Expectations => {
  const asked = new Map<string, string>();
  for (const [name, value] of given.map(entryOf)) {
    if (asked.has(name)) misused(`--expect ${name} stands twice`);
    asked.set(name, value);
  }
  return { failsDegraded: asked.get("degraded") === "fail", version: asked.get("version"), service: asked.get("service") };
};

/** What a report says otherwise than expected: `version is 2.0.9, not 2.1.0`. */
export const unmet = (report: Report, { version, service, show }: Expectations & { readonly show: Show }): string | undefined => {
  const expected = Object.entries({ version, service }).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const [other] = expected.filter(([name, value]) => report[name as "version" | "service"]?.trim() !== value);
  if (other === undefined) return undefined;
  const [name, value] = other;
  const said = report[name as "version" | "service"];
  const is = said === undefined ? `the report names no ${name}` : `${name} is ${show(said, 80)}`;
  return `${is}, not ${show(value, 80)}`;
};
