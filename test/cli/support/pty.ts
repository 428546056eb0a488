import { isOnPath } from "../../support/real/served.js";
import { start, type RunOptions, type Running } from "./process.js";

/** util-linux's `script` runs a command on a pseudo-terminal. */
export const missingPty = isOnPath("script") && isOnPath("stty") ? undefined : "script";

const quoted = (word: string): string => `'${word.replaceAll("'", "'\\''")}'`;

/** Starts a command on a terminal of 100 columns and 20 rows; what is typed goes to it. */
export const onTerminal = (command: readonly string[], options: RunOptions = {}): Running => {
  // The shell outlives a Ctrl-C, to say what the command ended with.
  const sized = `trap : INT; stty cols 100 rows 20; ${command.map(quoted).join(" ")}; echo "ended $?"`;
  return start(["script", "--quiet", "--flush", "--return", "--command", sized, "/dev/null"], {
    ...options,
    env: { TERM: "xterm-256color", SHELL: "/bin/sh", ...options.env },
  });
};
