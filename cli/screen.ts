import type { Terminal } from "./terminal.js";

/** A page of the terminal of one's own; what stood there before comes back when it is left. */
export interface Screen {
  /** Writes these lines over what stands there, in one piece. */
  readonly draw: (lines: readonly string[]) => void;
  readonly leave: () => void;
}

// The other page, no cursor, and no line that goes on in the next: a character may be wider than is reckoned.
// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
const enter = "\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[H\u001B[2J";
const leave = "\u001B[?7h\u001B[?25h\u001B[?1049l";
const [home, restOfLine, restOfPage] = ["\u001B[H", "\u001B[K", "\u001B[J"];

const frame = (lines: readonly string[]): string => home + lines.map((line) => line + restOfLine).join("\n") + restOfPage;

interface Page {
  readonly show: () => void;
  readonly hide: () => void;
  readonly isShown: () => boolean;
}

const pageOn = (terminal: Terminal): Page => {
  let isShown = false;
  const turn = (to: boolean): void => {
    if (isShown !== to) terminal.write(to ? enter : leave);
    isShown = to;
  };
  return { show: () => turn(true), hide: () => turn(false), isShown: () => isShown };
};

/** Long enough for the system to stop the process; a group of processes that no shell looks after is not stopped. */
const stoppingMs = 100;

// Ctrl-Z stops the process with the terminal as it was, and `fg` brings the page back.
const onStop = (page: Page): (() => void) => {
  let resuming: NodeJS.Timeout | undefined;
  const resume = (): void => {
    process.on("SIGTSTP", stop);
    page.show();
  };
  const stop = (): void => {
    page.hide();
    process.removeListener("SIGTSTP", stop);
    process.kill(process.pid, "SIGTSTP");
    resuming = setTimeout(resume, stoppingMs);
  };
  process.on("SIGTSTP", stop);
  return () => {
    clearTimeout(resuming);
    process.removeListener("SIGTSTP", stop);
  };
};

/** Enters the page. It is left at the latest when the process ends, an error of its own included. */
export const screenOn = (terminal: Terminal): Screen => {
  const page = pageOn(terminal);
  const off = onStop(page);
  const back = (): void => {
    off();
    process.removeListener("exit", back);
    page.hide();
  };
  process.on("exit", back);
  page.show();
  return { leave: back, draw: (lines) => void (page.isShown() && terminal.write(frame(lines))) };
};
