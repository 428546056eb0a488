import { parseArgs } from "node:util";
import { optionsOf, type Command, type Option } from "./options.js";
import { didYouMean } from "./suggestion.js";
import { misused } from "./usage-error.js";

/** What stands after the command. */
export interface Arguments {
  /** By name, in the order given; a switch's is empty text. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly words: readonly string[];
}

/** What {@link parseArgs} calls a token of an option. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
}

const specOf = ({ value, short }: Option): { type: "string" | "boolean"; short?: string; multiple: true } => ({
  type: value === undefined ? "boolean" : "string",
  multiple: true,
  ...(short !== undefined && { short }),
});

const known = (command: Command, { name, rawName }: OptionToken): Option => {
  const all = optionsOf(command);
  const found = all.find((option) => option.name === name);
  return (
    found ??
    misused(
      `${command} has no option ${rawName.slice(0, 40)}${didYouMean(
        rawName,
        all.map((option) => `--${option.name}`),
      )}`,
    )
  );
};

const valueOf = (option: Option, { rawName, value }: OptionToken): string => {
  if (option.value === undefined) return value === undefined ? "" : misused(`${rawName} takes no value`);
  return value === undefined || value === "" ? misused(`${rawName} needs a value: ${rawName} ${option.value}`) : value;
};

/**
 * Takes apart what stands after a command.
 * @throws a usage error for an option that the command does not have, one without its value, or one that stands twice
 */
export const argumentsOf = (command: Command, args: readonly string[]): Arguments => {
  const specs = Object.fromEntries(optionsOf(command).map((option) => [option.name, specOf(option)]));
  const { tokens } = parseArgs({ args: [...args], options: specs, strict: false, allowPositionals: true, tokens: true });
  const options = new Map<string, string[]>();
  for (const token of tokens.filter(({ kind }) => kind === "option") as OptionToken[]) {
    const option = known(command, token);
    const values = options.get(option.name) ?? [];
    if (values.length > 0 && option.value !== undefined && option.isRepeatable === undefined) misused(`${token.rawName} stands twice`);
    options.set(option.name, [...values, valueOf(option, token)]);
  }
  return { options, words: tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : [])) };
};
