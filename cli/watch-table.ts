import { dimmed } from "./colour.js";
import { shownDuration } from "./duration.js";
import { screenOn } from "./screen.js";
import type { Settings } from "./settings.js";
import { tableOf } from "./table.js";
import type { Terminal } from "./terminal.js";
import type { Watched } from "./watched.js";

/** How a watch shows itself. */
export interface WatchScreen {
  /** One has been asked. */
  readonly heard: (watched: Watched, isChange: boolean) => void;
  readonly end: () => void;
}

/** Answers that come within this are drawn together, in milliseconds. */
const togetherMs = 50;

const titleOf = ({ intervalMs }: Settings): string =>
  `probekit watch, every ${shownDuration(intervalMs)}, ${new Date().toTimeString().slice(0, 8)}; Ctrl-C ends it`;

/** Fewer rows than these have room for the table alone. */
const leastTitled = 4;

const pageOf = (all: readonly Watched[], settings: Settings, terminal: Terminal): string[] => {
  const { hasColours, columns, rows } = terminal;
  const head = rows() < leastTitled ? [] : [dimmed(titleOf(settings).slice(0, columns()), hasColours), ""];
  return [...head, ...tableOf(all, { columns: columns(), rows: rows() - head.length, hasColours, now: performance.now() })];
};

/** A live table on a page of its own, drawn anew with each answer, each second and each change of the window. */
export const watchTable = (all: readonly Watched[], settings: Settings, terminal: Terminal): WatchScreen => {
  const screen = screenOn(terminal);
  let soon: NodeJS.Timeout | undefined;
  const draw = (): void => {
    soon = undefined;
    screen.draw(pageOf(all, settings, terminal));
  };
  const heard = (): void => void (soon ??= setTimeout(draw, togetherMs));
  const timer = setInterval(draw, 1000);
  const off = terminal.onResize(draw);
  draw();
  const end = (): void => {
    for (const one of [timer, soon]) clearTimeout(one);
    off();
    screen.leave();
  };
  return { heard, end };
};
