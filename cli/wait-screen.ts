import type { Timed } from "./ask.js";
import { shownDuration } from "./duration.js";
import { jsonLineOf } from "./json-line.js";
import { lineOf } from "./line.js";
import type { WaitState, Waited } from "./streaks.js";
import type { Terminal } from "./terminal.js";
import { progressText } from "./wait-text.js";
import { kindOf } from "./why.js";

/** How a wait shows itself. */
export interface WaitScreen {
  /** One has been asked; `before` is what it was. */
  readonly heard: (waited: Waited, before: Timed | undefined) => void;
  /** Says how it ended, for people or for programs, and takes away what was written over. */
  readonly end: (lines: readonly string[], told: object) => void;
}

const clear = "\r\u001B[K";

const silent: WaitScreen = { heard: () => {}, end: () => {} };

// Only what changes is said: a log is read by people.
const lines = ({ settings: { isJson }, tookMs }: WaitState, terminal: Terminal): WaitScreen => ({
  heard: ({ target, outcome }, before) => {
    if (outcome === undefined || (before !== undefined && kindOf(before) === kindOf(outcome))) return;
    const line = isJson
      ? jsonLineOf(target.shown, outcome, { time: new Date().toISOString() })
      : `${shownDuration(tookMs())} ${lineOf(target.shown, outcome, terminal.hasColours)}`;
    terminal.write(`${line}\n`);
  },
  end: (last, told) => terminal.write(isJson ? `${JSON.stringify(told)}\n` : last.map((line) => `${line}\n`).join("")),
});

const rewritten = (state: WaitState, terminal: Terminal): WaitScreen => {
  // The last column stays free: a terminal that has written there may begin a new line.
  const draw = (): void => terminal.write(clear + progressText(state, terminal.columns() - 1));
  const timer = setInterval(draw, 1000);
  draw();
  return {
    heard: draw,
    end: (last) => {
      clearInterval(timer);
      terminal.write(clear + last.map((line) => `${line}\n`).join(""));
    },
  };
};

/** A line that is written over on a terminal, a line for each change elsewhere, nothing where it is to be quiet. */
export const waitScreen = (state: WaitState, terminal: Terminal): WaitScreen => {
  if (state.settings.isQuiet) return silent;
  return terminal.isLive && !state.settings.isJson ? rewritten(state, terminal) : lines(state, terminal);
};
