import { coloured, dimmed } from "./colour.js";
import { shownAge } from "./duration.js";
import { cut } from "./plain-text.js";
import { sparkline } from "./sparkline.js";
import type { Watched } from "./watched.js";
import { whyOf } from "./why.js";

/** What a table is drawn for. */
export interface Window {
  readonly columns: number;
  readonly rows: number;
  readonly hasColours: boolean;
  /** Milliseconds of the monotonic clock. */
  readonly now: number;
}

interface Widths {
  readonly url: number;
  readonly latencies: number;
}

const statusWidth = 11;
const latencyWidth = 8;
const changedWidth = 7;
const gap = "  ";

const fixed = statusWidth + latencyWidth + changedWidth + 4 * gap.length;

const widthsOf = (all: readonly Watched[], columns: number): Widths => {
  const longest = Math.max(3, ...all.map(({ target }) => target.shown.length));
  const latencies = Math.max(8, Math.min(40, columns - fixed - longest));
  return { latencies, url: Math.max(10, Math.min(longest, columns - fixed - latencies)) };
};

/** The end of a URL, its path, tells more than its middle. */
const squeezed = (text: string, width: number): string => {
  if (text.length <= width) return text.padEnd(width);
  const tail = Math.floor((width - 1) / 2);
  return `${text.slice(0, width - 1 - tail)}…${text.slice(text.length - tail)}`;
};

const latencyOf = ({ outcome }: Watched): string => (outcome === undefined ? "" : `${Math.round(outcome.latencyMs)} ms`);

const changedOf = ({ changedAt }: Watched, now: number): string => (changedAt === undefined ? "" : `${shownAge(now - changedAt)} ago`);

const rowOf = (watched: Watched, widths: Widths, { hasColours, now }: Window): string => {
  const { target, outcome, samples } = watched;
  const status = (outcome?.status ?? "").padEnd(statusWidth);
  return [
    outcome === undefined ? status : coloured(status, outcome.status, hasColours),
    squeezed(target.shown, widths.url),
    latencyOf(watched).padStart(latencyWidth),
    sparkline(samples, widths.latencies, hasColours),
    changedOf(watched, now).padStart(changedWidth),
  ].join(gap);
};

const whyLine = ({ outcome }: Watched, { columns, hasColours }: Window): string[] => {
  const why = outcome === undefined ? "" : whyOf(outcome);
  return outcome === undefined || why === "" ? [] : [gap + coloured(cut(why, columns - gap.length), outcome.status, hasColours)];
};

const headOf = ({ url, latencies }: Widths): string =>
  [
    "STATUS".padEnd(statusWidth),
    "URL".padEnd(url),
    "LATENCY".padStart(latencyWidth),
    "LATENCIES".slice(0, latencies).padEnd(latencies),
    "CHANGED".padStart(changedWidth),
  ].join(gap);

const fitting = (lines: readonly string[], rows: number): string[] =>
  lines.length <= rows ? [...lines] : [...lines.slice(0, Math.max(0, rows - 1)), `… ${lines.length - rows + 1} lines more`];

/** The table: a line for every URL, and below it why it is no better; no more lines than the window has. */
export const tableOf = (all: readonly Watched[], window: Window): string[] => {
  const widths = widthsOf(all, window.columns);
  const body = all.flatMap((watched) => [rowOf(watched, widths, window), ...whyLine(watched, window)]);
  return fitting([dimmed(headOf(widths), window.hasColours), ...body], window.rows);
};
