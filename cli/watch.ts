import { ask } from "./ask.js";
import { exitCodes } from "./exit-codes.js";
import { interruption } from "./interruption.js";
import { jsonLineOf } from "./json-line.js";
import { lineOf } from "./line.js";
import { poll } from "./poll.js";
import type { Settings } from "./settings.js";
import type { Terminal } from "./terminal.js";
import { take, type Watched } from "./watched.js";
import { watchTable, type WatchScreen } from "./watch-table.js";

const lines = ({ isJson }: Settings, terminal: Terminal): WatchScreen => ({
  heard: ({ target, outcome }, isChange) => {
    if (outcome === undefined || !isChange) return;
    const time = new Date().toISOString();
    terminal.write(
      `${isJson ? jsonLineOf(target.shown, outcome, { time }) : `${time} ${lineOf(target.shown, outcome, terminal.hasColours)}`}\n`,
    );
  },
  end: () => {},
});

/**
 * `probekit watch`: asks all over and over; a live table on a terminal, elsewhere a line for each change.
 * @returns the exit code: a signal's, or 0 when the reader has gone
 */
export const watch = async (settings: Settings, terminal: Terminal): Promise<number> => {
  const { targets, asking, intervalMs, isJson } = settings;
  const all: readonly Watched[] = targets.map((target) => ({ target, samples: [] }));
  const { signal, exitCode } = interruption();
  const screen = terminal.isLive && !isJson ? watchTable(all, settings, terminal) : lines(settings, terminal);
  const polling = { intervalMs, signal: AbortSignal.any([signal, terminal.gone]) };
  await Promise.all(
    all.map((watched) =>
      poll(
        (until) => ask(watched.target, asking, until),
        polling,
        (outcome) => screen.heard(watched, take(watched, outcome, performance.now())),
      ),
    ),
  );
  screen.end();
  return exitCode() ?? exitCodes.passed;
};
