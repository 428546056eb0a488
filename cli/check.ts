import { ask } from "./ask.js";
import { exitCodes } from "./exit-codes.js";
import { jsonLineOf } from "./json-line.js";
import { lineOf } from "./line.js";
import type { Settings } from "./settings.js";
import type { Terminal } from "./terminal.js";

/**
 * `probekit check`: asks once and says one line.
 * @returns the exit code
 */
export const check = async ({ targets, asking, isJson, isQuiet }: Settings, terminal: Terminal): Promise<number> => {
  const [target] = targets;
  if (target === undefined) return exitCodes.usage;
  const outcome = await ask(target, asking, new AbortController().signal);
  const line = isJson ? jsonLineOf(target.shown, outcome) : lineOf(target.shown, outcome, terminal.hasColours);
  if (!isQuiet) terminal.write(`${line}\n`);
  return outcome.passes ? exitCodes.passed : exitCodes.failed;
};
