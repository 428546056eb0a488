import { parseArgs } from "node:util";
import { faults } from "./fault.mjs";
import { isOnPath } from "./processes.mjs";

/** The balancers that each strategy is shown with; the first one is its default. */
const balancersOf = {
  rolling: ["haproxy", "nginx"],
  "blue-green": ["nginx"],
  canary: ["haproxy"],
  recreate: ["haproxy", "nginx"],
  deploy: ["nginx"],
  crash: ["haproxy", "nginx"],
};

const numbers = {
  rate: { default: 200, least: 10, text: "requests a second" },
  seconds: { default: 0, least: 0, text: "the load lasts at least this long" },
  updates: { default: 1, least: 1, text: "rolling: how many times" },
  "drain-delay-ms": { default: 3000, least: 0, text: "how long a process serves on after SIGTERM" },
  "ready-within-ms": { default: 15_000, least: 100, text: "how long a new process may take to become ready" },
  "min-ready-ms": { default: 1000, least: 0, text: "rolling: how long a new process must stay ready before an old one goes" },
  "server-timeout-ms": { default: 5000, least: 100, text: "how long the balancer waits for an answer" },
  "step-ms": { default: 2000, least: 200, text: "canary: how long each share is held at least" },
  "step-requests": { default: 20, least: 0, text: "canary: how many requests it must have been tried with before its next share" },
  "step-within-ms": { default: 30_000, least: 200, text: "canary: how long a share is held at most for so many" },
  "watch-ms": { default: 1500, least: 0, text: "blue-green, recreate: how long the new version is watched" },
};

const lines = Object.entries(numbers).map(([name, { default: usual, text }]) => `  --${`${name} N`.padEnd(18)} ${text} (${usual})`);

/** What `run.mjs` can be asked for. */
export const usage = `usage: run.mjs ${Object.keys(balancersOf).join("|")} [options]
  --balancer haproxy|nginx
${lines.join("\n")}
  --bad FAULT          release a version that ${Object.entries(faults).map(([name, text]) => `\n      ${name.padEnd(18)} ${text}`).join("")}
  --without-shutdown   the same service without probekit/shutdown
  --out FOLDER         where the picture (SVG) and the figures (JSON) go (a new one)
  --help, or help      this`;

const flags = {
  balancer: { type: "string" },
  bad: { type: "string" },
  "without-shutdown": { type: "boolean", default: false },
  out: { type: "string" },
  help: { type: "boolean", short: "h" },
  ...Object.fromEntries(Object.entries(numbers).map(([name, each]) => [name, { type: "string", default: String(each.default) }])),
};

const camel = (name) => name.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

const isNumber = (text, { least }) => /^\d+$/.test(text) && Number(text) >= least;

const problemOf = (strategy, values) => {
  if (!Object.hasOwn(balancersOf, strategy ?? "")) return `a strategy is missing${strategy === undefined ? "" : `; got "${strategy}"`}`;
  const possible = balancersOf[strategy];
  const { balancer = possible[0], bad } = values;
  if (!possible.includes(balancer)) return `${strategy} runs with ${possible.join(" or ")}; got "${balancer}"`;
  if (bad !== undefined && !Object.hasOwn(faults, bad)) return `--bad must be one of ${Object.keys(faults).join(", ")}; got "${bad}"`;
  const wrong = Object.entries(numbers).find(([name, each]) => !isNumber(values[name], each));
  if (wrong !== undefined) return `--${wrong[0]} must be an integer of ${wrong[1].least} or more; got "${values[wrong[0]]}"`;
  return isOnPath(balancer) ? undefined : `${balancer} is missing (Debian: apt-get install ${balancer}; it stands in /usr/sbin)`;
};

const parse = (words) => {
  try {
    return parseArgs({ args: words, options: flags, allowPositionals: true });
  } catch (error) {
    return { problem: error.message };
  }
};

/** Reads the words of the command line. @returns `options`, or the `problem` with them; `isHelp` when only the usage is asked for */
export const parseOptions = (words) => {
  const { values, positionals, problem } = parse(words);
  if (problem !== undefined) return { problem };
  const [strategy, ...rest] = positionals;
  if (values.help === true || strategy === "help") return { isHelp: true };
  const found = rest.length > 0 ? `one strategy at a time; got "${positionals.join(" ")}"` : problemOf(strategy, values);
  if (found !== undefined) return { problem: found };
  const read = Object.entries(values).map(([name, value]) => [camel(name), name in numbers ? Number(value) : value]);
  return { options: { ...Object.fromEntries(read), strategy, balancer: values.balancer ?? balancersOf[strategy][0] } };
};
