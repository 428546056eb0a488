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

const script = fileURLToPath(new URL("./workload.mjs", import.meta.url));
const run = promisify(execFile);

// No garbage collector or compiler of its own thread, and no random seed: all that runs is counted, and runs alike.
const still = ["--predictable", "--single-threaded", "--hash-seed=1", "--random-seed=1"];

const total = async (name, times) => {
  const folder = mkdtempSync(join(tmpdir(), "probekit-count-"));
  try {
    const { stderr } = await run("valgrind", ["--tool=callgrind", `--callgrind-out-file=${join(folder, "out")}`, process.execPath, ...still, script, name, String(times)]);
    return Number(/refs:\s+([\d,]+)/.exec(stderr)[1].replaceAll(",", ""));
  } finally {
    rmSync(folder, { recursive: true });
  }
};

/** Instructions of one time: what so many times more took, so that neither start nor compilation counts. */
const instructionsOf = async ([name, times]) => {
  const [once, more] = await Promise.all([total(name, times * 2), total(name, times * 3)]);
  return [name, Math.round((more - once) / times)];
};

/** Every workload's instructions, two processes at a time. */
export const countInstructions = async () => {
  const counted = [];
  for (const workload of Object.entries(counts)) counted.push(await instructionsOf(workload));
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
