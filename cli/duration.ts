import { misused } from "./usage-error.js";

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

type Unit = keyof typeof units;

/** What a timer of Node can hold. */
const longest = 2_147_483_647;

/** A bare number below this is rather seconds that lack their unit. */
const leastBare = 100;

const pattern = /^(\d{1,10}(?:\.\d{1,3})?)(ms|s|m|h|d)?$/;

/**
 * A duration in milliseconds: `300ms`, `2s`, `1.5s`, `5m`, `1h`, or a bare number of milliseconds from 100.
 * @param option its name, for what the error says
 * @throws a usage error for anything else, 0 and what no timer can hold
 */
export const durationOf = (option: string, text: string): number => {
  const [, digits, unit] =
    pattern.exec(text) ?? misused(`${option} takes a duration such as 500ms, 2s or 5m; got ${JSON.stringify(text.slice(0, 40))}`);
  const count = Number(digits);
  const ms = Math.round(count * units[(unit ?? "ms") as Unit]);
  if (ms < 1 || ms > longest) misused(`${option} must be from 1ms to 24d; got ${text}`);
  return unit === undefined && count < leastBare
    ? misused(`${option} ${text} is ${text} milliseconds; write ${text}s or ${text}ms`)
    : ms;
};

const trimmed = (value: number): string => String(Math.round(value * 10) / 10);

/** A duration for people, of one unit: `300ms`, `4.2s`, `5m`, `1.5h`. */
export const shownDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const unit = (["s", "m", "h"] as const).find((candidate) => ms < units[candidate] * (candidate === "h" ? 24 : 60)) ?? "d";
  return `${trimmed(ms / units[unit])}${unit}`;
};

/** How long ago something was, in whole units: `5s`, `3m`, `2h`, `4d`. */
export const shownAge = (ms: number): string => {
  const unit = (["d", "h", "m"] as const).find((candidate) => ms >= units[candidate]) ?? "s";
  return `${Math.floor(Math.max(0, ms) / units[unit])}${unit}`;
};
