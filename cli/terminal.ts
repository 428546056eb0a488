import type { WriteStream } from "node:tty";

/** Where a command writes. */
export interface Terminal {
  /** Whether what was written can be written over: a terminal, and no CI. */
  readonly isLive: boolean;
  readonly hasColours: boolean;
  readonly columns: () => number;
  readonly rows: () => number;
  /** What can't be written any more is lost in silence. */
  readonly write: (text: string) => void;
  /** Aborted when a write found that the reader has gone. */
  readonly gone: AbortSignal;
  /** Calls back when the window changes its size; returns what ends that. */
  readonly onResize: (listener: () => void) => () => void;
}

const isSet = (value: string | undefined): boolean => value !== undefined && value !== "" && value !== "0" && value !== "false";

const isCapable = ({ TERM, CI }: NodeJS.ProcessEnv): boolean => TERM !== "dumb" && !isSet(CI);

const hasColours = (stream: WriteStream, { NO_COLOR, TERM }: NodeJS.ProcessEnv): boolean =>
  stream.isTTY && TERM !== "dumb" && (NO_COLOR === undefined || NO_COLOR === "");

/** A terminal over a stream. */
export const terminalOf = (stream: WriteStream, env: NodeJS.ProcessEnv): Terminal => {
  const gone = new AbortController();
  stream.on("error", () => gone.abort());
  return {
    isLive: stream.isTTY && isCapable(env),
    hasColours: hasColours(stream, env),
    // A pseudo-terminal that nobody gave a size to says 0.
    columns: () => stream.columns || 80,
    rows: () => stream.rows || 24,
    write: (text) => void stream.write(text),
    gone: gone.signal,
    onResize: (listener) => {
      stream.on("resize", listener);
      return () => void stream.off("resize", listener);
    },
  };
};
