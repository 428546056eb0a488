// `npm run bench`: prints ratios side by side, writes results.json and docs/benchmarks.svg. Parts of it: `npm run bench rates weight`.
// `ROUNDS=5` makes it quicker, `FRAMEWORKS=http,koa` leaves some out.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { measureBackground } from "./background.mjs";
import { chart } from "./chart.mjs";
import { measureCore } from "./core.mjs";
import { digits, table } from "./figures.mjs";
import { measureInProcess } from "./in-process.mjs";
import { countInstructions } from "./instructions.mjs";
import { measureMemory } from "./memory.mjs";
import { measureRates, measureSizes } from "./rates.mjs";
import { measureRequests } from "./requests.mjs";
import { measureTaken } from "./throughput.mjs";
import { measureWeight } from "./weight.mjs";

const verdict = (holds) => (holds ? "reached" : "NOT REACHED");

const bounded = (figures) =>
  table([
    ["", "measured", "bound", ""],
    ...figures.map(({ name, value, unit, most }) => [name, `${digits(value)} ${unit}`, most === undefined ? "" : `at most ${most}`, most === undefined ? "" : verdict(value <= most)]),
  ]);

const rated = ({ framework, checks, other, ratio, spread, least, cpu, baseline, counts, rate, otherRate }) => [
  `${framework}, ${checks} checks: ours / ${other}`, digits(ratio, 3), spread.map((value) => digits(value)).join(" to "), digits(cpu, 3),
  least === undefined ? "runs no checks" : `at least ${least}`, least === undefined ? "" : counts ? verdict(ratio >= least) : "does not count",
  digits(baseline, 3), digits(rate, 0), digits(otherRate, 0),
];

const latency = ({ p50, p99, p999 }) => `${p50} / ${p99} / ${p999}`;

/** Each part: what it measures, and how that is printed. */
const parts = {
  core: { measure: async () => [...(await measureCore()), ...(await measureTaken()), ...measureMemory(), ...measureBackground()], print: bounded },
  instructions: {
    measure: countInstructions,
    print: (counted) => table([["instructions of the core", "a time"], ...Object.entries(counted).map(([name, value]) => [name, value.toLocaleString("en")])]),
  },
  requests: {
    measure: () => measureRequests(),
    print: (rows) =>
      table([
        ["instructions of a request, without the system's", "ours", "theirs", "theirs / ours"],
        ...rows.map(({ framework, checks, other, ours, theirs, ratio }) => [`${framework}, ${checks} checks: ${other}`, ours.toLocaleString("en"), theirs.toLocaleString("en"), digits(ratio)]),
      ]),
  },
  weight: {
    measure: () => measureWeight(),
    print: (rows) =>
      table([
        ["library", "packages", "kB installed", "kB gzipped", "import, ms"],
        ...rows.map(({ name, packages, bytes, gzipped, importMs }) => [name, String(packages), digits(bytes / 1000, 0), digits(gzipped / 1000, 1), digits(importMs, 1)]),
      ]),
  },
  "in-process": {
    measure: () => measureInProcess(),
    print: (rows) =>
      table([
        ["a request without a socket, µs", "limit", "limit again", "habit", "ours", "ours above the limit"],
        ...rows.map(({ framework, checks, limit, again, habit, ours }) => [`${framework}, ${checks} checks`, digits(limit), digits(again), digits(habit), digits(ours), digits(ours - limit)]),
      ]),
  },
  // Through tsx, because the servers' starters are the tests' own.
  checks: {
    measure: () => {
      const printed = execFileSync("npx", ["tsx", "bench/checks.mts"], { cwd: new URL("..", import.meta.url), encoding: "utf8" }).trim();
      console.log(printed.slice(0, printed.lastIndexOf("\n")));
      return JSON.parse(printed.slice(printed.lastIndexOf("\n")));
    },
    print: () => "",
  },
  sizes: {
    measure: measureSizes,
    print: (rows) =>
      table([
        ["node:http", "bytes", "ours / limit", "ours a second", "p50 / p99 / p99.9, µs", "the limit's"],
        ...rows.map(({ checks, bytes, ratio, ours, limit }) => [`${checks} checks`, String(bytes), digits(ratio, 3), digits(ours.rate, 0), latency(ours), latency(limit)]),
      ]),
  },
  rates: {
    measure: () => measureRates(),
    print: ({ generator, rounds, seconds, rows }) =>
      `${rounds} rounds of ${seconds} s in turn, load by ${generator}; the ratio is the median of the rounds'; "cpu" the same by the server's CPU a request\n` +
      table([["requests a second", "ratio", "spread", "cpu", "bound", "", "limit / limit", "ours a second", "theirs"], ...rows.map(rated)]),
  },
};

const file = new URL("./results.json", import.meta.url);
const results = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
const wanted = process.argv.slice(2).filter((name) => Object.hasOwn(parts, name));
for (const name of wanted.length === 0 ? Object.keys(parts) : wanted) {
  const { measure, print } = parts[name];
  results[name] = await measure();
  console.log(`\n${print(results[name])}`);
  writeFileSync(file, `${JSON.stringify({ ...results, node: process.version }, null, 2)}\n`);
}
// A picture of some frameworks would take the place of one of all.
if (wanted.length === 0 && process.env.FRAMEWORKS === undefined) writeFileSync(new URL("../docs/benchmarks.svg", import.meta.url), chart(results.rates));
process.exit();
