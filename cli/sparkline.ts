import { coloured } from "./colour.js";
import type { OutcomeStatus } from "./outcome.js";

/** One point: how it was, and how long it took. */
export interface Sample {
  readonly status: OutcomeStatus;
  readonly passes: boolean;
  readonly latencyMs: number;
}

const bars = [..."▁▂▃▄▅▆▇█"];

/** Of what has no whole answer there is no latency to show. */
const noAnswer = "×";

const isAnswer = ({ status }: Sample): boolean => status !== "timeout" && status !== "unreachable";

const barOf = (latencyMs: number, highest: number): string =>
  bars[Math.min(bars.length - 1, Math.floor((latencyMs / highest) * bars.length))] ?? "";

/** The latencies of the last samples, the newest to the right, from 0 to the highest of them; one character each. */
export const sparkline = (samples: readonly Sample[], width: number, hasColours = false): string => {
  const shown = width > 0 ? samples.slice(-width) : [];
  const highest = Math.max(1, ...shown.filter(isAnswer).map(({ latencyMs }) => latencyMs));
  const drawn = shown.map((sample) => coloured(isAnswer(sample) ? barOf(sample.latencyMs, highest) : noAnswer, sample.status, hasColours));
  return " ".repeat(width - shown.length) + drawn.join("");
};
