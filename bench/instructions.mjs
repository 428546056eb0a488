// Instructions and bytes of the core's own work, counted by valgrind: the same on a busy machine as on an idle one.
// `node bench/instructions.mjs` prints them; `--write` makes them the ones that test/performance holds the code to.
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { table } from "./figures.mjs";
import { counts } from "./workload.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const run = promisify(execFile);

// No garbage collector or compiler of its own thread, no random seed, and no collection that a clock asks for: all that runs is counted,
// and runs alike.
const still = ["--predictable", "--single-threaded", "--hash-seed=1", "--random-seed=1", "--predictable-gc-schedule"];

const total = async (command) => {
  const folder = mkdtempSync(join(tmpdir(), "probekit-count-"));
  try {
    const { stderr } = await run("valgrind", ["--tool=callgrind", `--callgrind-out-file=${join(folder, "out")}`, process.execPath, ...still, ...command], { cwd: here });
    return Number(/refs:\s+([\d,]+)/.exec(stderr)[1].replaceAll(",", ""));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Instructions of one time of what a script does as often as its last argument says: what so many times more took, without start and compilation. */
export const instructionsOf = async (command, times) => {
  const [once, more] = await Promise.all([total([...command, String(times * 2)]), total([...command, String(times * 3)])]);
  return Math.round((more - once) / times);
};

/** Instructions of the workloads, all of them unless some are named, two processes at a time. */
export const countInstructions = async (names = Object.keys(counts)) => {
  const counted = [];
  for (const [name, times] of names.map((each) => [each, counts[each]])) counted.push([name, await instructionsOf(["workload.mjs", name], times)]);
  return Object.fromEntries(counted);
};

const recorded = new URL("./instructions.json", import.meta.url);

/** What was counted when the figures were last accepted. */
export const accepted = () => JSON.parse(readFileSync(recorded, "utf8"));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const counted = await countInstructions();
  console.log(table([["instructions", "a time"], ...Object.entries(counted).map(([name, value]) => [name, value.toLocaleString("en")])]));
  if (process.argv.includes("--write")) writeFileSync(recorded, `${JSON.stringify(counted, null, 2)}\n`);
}
