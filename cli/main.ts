import { check } from "./check.js";
import { exitCodes } from "./exit-codes.js";
import { helpOf } from "./help.js";
import { commands, type Command } from "./options.js";
import { plainText } from "./plain-text.js";
import { settingsOf, type Settings } from "./settings.js";
import { didYouMean } from "./suggestion.js";
import type { Terminal } from "./terminal.js";
import { isUsageError, misused } from "./usage-error.js";
import { version } from "./version.js";
import { wait } from "./wait.js";
import { watch } from "./watch.js";

const actions: Readonly<Record<Command, (settings: Settings, terminal: Terminal) => Promise<number>>> = { check, wait, watch };

const isCommand = (word: string | undefined): word is Command => (commands as readonly (string | undefined)[]).includes(word);

const commandOf = (word: string): Command => {
  if (isCommand(word)) return word;
  if (/[:/]/.test(word)) return misused("a command comes before the URL: probekit check URL");
  const what = word.startsWith("-") ? "option" : "command";
  return misused(
    `probekit has no ${what} ${JSON.stringify(plainText(word.replace(/=.*/s, ""), 40))}${didYouMean(word, [...commands, "help"])}`,
  );
};

/** The words before `--`, which ends the options. */
const optionsIn = (args: readonly string[]): readonly string[] => (args.includes("--") ? args.slice(0, args.indexOf("--")) : args);

const asks = (args: readonly string[], ...names: readonly string[]): boolean => optionsIn(args).some((arg) => names.includes(arg));

const helped = ([first, second]: readonly string[]): string => {
  const topic = first === "help" ? second : first;
  return helpOf(topic === undefined || topic.startsWith("-") || topic === "help" ? undefined : commandOf(topic));
};

/** Beside a URL `-v` may be meant as verbose and `-h` as a header; what they print would pass a server that is dead. */
const told = ([first = "", ...rest]: readonly string[]): string => {
  if (!first.startsWith("-")) commandOf(first);
  if (!rest.every((arg) => arg.startsWith("-"))) misused("-h, -v and --version stand alone, without a URL");
  return asks([first, ...rest], "-h") ? helped([first]) : `${version}\n`;
};

const answered = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  const [first = misused("a command is missing: check, wait or watch"), ...rest] = args;
  if (first === "help" || asks(args, "--help")) return say(helped(args), terminal);
  if (asks(args, "-h", "-v", "--version")) return say(told(args), terminal);
  const command = commandOf(first);
  return actions[command](await settingsOf(command, rest), terminal);
};

const say = (text: string, terminal: Terminal): number => {
  terminal.write(text);
  return exitCodes.passed;
};

const complaint = (error: unknown): string =>
  isUsageError(error) ? `probekit: ${error.message}\nTry "probekit --help".\n` : `probekit: ${plainText(String(error), 500)}\n`;

/**
 * The command line.
 * @param args what stands after `probekit`
 * @returns the exit code; never rejects
 */
export const main = async (args: readonly string[], terminal: Terminal): Promise<number> => {
  try {
    return await answered(args, terminal);
  } catch (error) {
    // A stream of its own takes time to set up, and nearly no run needs it.
    process.stderr.write(complaint(error));
    return isUsageError(error) ? exitCodes.usage : exitCodes.internal;
  }
};
