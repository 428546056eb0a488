import { commands, options, optionsOf, type Command, type Option } from "./options.js";

const about: Readonly<Record<Command, readonly [string, string]>> = {
  check: ["check URL", "ask once: for Docker's HEALTHCHECK, init containers and scripts"],
  wait: ["wait URL…", "wait until all are healthy several times in a row"],
  watch: ["watch URL…", "watch them: a live table, or a line for each change"],
};

const urls = `A URL is http: or https:, or HOST:PORT/PATH, :PORT/PATH (this machine), unix:/SOCKET:/PATH.`;

const codes = `Exit codes: 0 healthy or degraded, 1 not, 64 wrong usage, 130 interrupted.`;

const inColumns = (rows: readonly (readonly [string, string])[]): string => {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}\n`).join("");
};

const spelled = ({ name, short, value }: Option): string =>
  `${short === undefined ? "    " : `-${short}, `}--${name}${value === undefined ? "" : ` ${value}`}`;

const rowsOf = (all: readonly Option[]): [string, string][] => all.map((option) => [spelled(option), option.help]);

const general = (): string =>
  [
    "probekit asks health endpoints and says how they are.\n",
    `Usage:\n${inColumns(commands.map((command) => [`probekit ${about[command][0]}`, about[command][1]]))}`,
    `Options of all (probekit help COMMAND shows the others):\n${inColumns(rowsOf(options.filter(({ of }) => of === undefined)))}`,
    `${urls}\n${codes}\n`,
  ].join("\n");

/** The help of one command, or the general one. */
export const helpOf = (command?: Command): string => {
  if (command === undefined) return general();
  const [usage, purpose] = about[command];
  return [
    `Usage: probekit ${usage} [options]\n  ${purpose}\n`,
    `Options:\n${inColumns(rowsOf(optionsOf(command)))}`,
    `${urls}\n${codes}\n`,
  ].join("\n");
};
