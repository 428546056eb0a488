// `npm run bench`: prints ratios side by side and writes them to bench/results.json. `ROUNDS=5` makes it quicker.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { digits, table } from "./figures.mjs";
import { measureBackground } from "./background.mjs";
import { measureCore } from "./core.mjs";
import { measureInProcess } from "./in-process.mjs";
import { measureRates } from "./rates.mjs";

const verdict = (holds) => (holds ? "reached" : "NOT REACHED");

const core = [...(await measureCore()), ...measureBackground()];
console.log(
  table([
    ["core", "measured", "bound", ""],
    ...core.map(({ name, value, unit, most }) => [name, `${digits(value)} ${unit}`, most === undefined ? "" : `at most ${most}`, most === undefined ? "" : verdict(value <= most)]),
  ]),
);

const inProcess = await measureInProcess();
console.log("\na request without a socket, in microseconds");
console.log(
  table([
    ["", "bare", "bare again", "ours", "ours above bare"],
    ...inProcess.map(({ framework, bare, again, ours }) => [framework, digits(bare), digits(again), digits(ours), digits(ours - bare)]),
  ]),
);

// Through tsx, because the servers' starters are the tests' own.
const checks = execFileSync("npx", ["tsx", "bench/checks.mts"], { cwd: new URL("..", import.meta.url), encoding: "utf8" }).trim();
console.log(`\n${checks.slice(0, checks.lastIndexOf("\n"))}`);
const checkFigures = JSON.parse(checks.slice(checks.lastIndexOf("\n")));

const rates = await measureRates();
console.log(`\n${rates.rounds} rounds of ${rates.seconds} s in turn, load by ${rates.generator}; the ratio is the median of the rounds'`);
console.log(
  table([
    ["requests a second", "ratio", "spread", "bound", "", "bare / bare", "ours per s"],
    ...rates.rows.map(({ name, ratio, spread, least, baseline, counts, rate }) => [
      name, digits(ratio, 3), spread.map((value) => digits(value)).join(" to "), `at least ${least}`,
      counts ? verdict(ratio >= least) : "does not count: the baseline is not within 3 % of itself", digits(baseline, 3), digits(rate, 0),
    ]),
  ]),
);
writeFileSync(new URL("./results.json", import.meta.url), `${JSON.stringify({ node: process.version, core, inProcess, checks: checkFigures, rates }, null, 2)}\n`);
