// What ten thousand background checks cost, and whether memory stays flat over simulated time.
// `node --expose-gc bench/background.mjs` prints the table alone.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createHealth } from "probekit";
import { digits, median, table } from "./figures.mjs";

const many = 10_000;

const quiet = { logger: false };

const elapse = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const filled = (options, count) => {
  const health = createHealth({ ...quiet, ...options });
  for (let index = 0; index < count; index++) health.register(`c${index}`, () => true, { intervalMs: 1000 });
  return health;
};

/** Per cent of one core that this process takes, the median of five seconds one by one. */
const load = async () => {
  const parts = [];
  for (let second = 0; second < 5; second++) {
    const [before, startedAt] = [process.cpuUsage(), performance.now()];
    await elapse(1000);
    const { user, system } = process.cpuUsage(before);
    parts.push((user + system) / 10 / (performance.now() - startedAt));
  }
  return median(parts);
};

const timed = async (work) => {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
};

/** CPU, a report of which everything has changed, and one of which nothing has. */
const measureTime = async () => {
  const health = filled({}, many);
  await elapse(3000);
  const cpu = await load();
  const reports = [];
  for (let turn = 0; turn < 11; turn++) {
    await elapse(1100);
    reports.push(await timed(() => health.report("ready")));
  }
  await health.close();
  const still = createHealth(quiet);
  for (let index = 0; index < many; index++) still.register(`c${index}`, () => true, { intervalMs: 1_000_000 });
  await still.report("ready");
  const unchanged = [];
  for (let turn = 0; turn < 101; turn++) unchanged.push(await timed(() => still.report("ready")));
  await still.close();
  return { cpu, report: median(reports), unchanged: median(unchanged) };
};

/** A clock that fires what is due, in order, without waiting. */
const simulatedClock = () => {
  let now = 0;
  let count = 0;
  const due = new Map();
  const earliest = () => {
    let first;
    for (const timer of due.values()) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  };
  return {
    now: () => now,
    wallNow: () => 1_800_000_000_000 + now,
    setTimeout: (callback, delayMs) => {
      count += 1;
      due.set(count, { handle: count, at: now + delayMs, callback });
      return count;
    },
    clearTimeout: (handle) => due.delete(handle),
    advance: (ms) => {
      const end = now + ms;
      for (let next = earliest(); next !== undefined && next.at <= end; next = earliest()) {
        due.delete(next.handle);
        now = next.at;
        next.callback();
      }
      now = end;
    },
  };
};

const heapUsed = () => {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

/** By how much the heap grows over so many simulated seconds of `count` checks, after a tenth of them, in per cent. */
const growth = (count, seconds) => {
  const clock = simulatedClock();
  const health = filled({ clock }, count);
  clock.advance(seconds * 100);
  const before = heapUsed();
  clock.advance(seconds * 1000);
  const after = heapUsed();
  void health.close();
  return ((after - before) / before) * 100;
};

// Code that the engine compiles or discards meanwhile is a few per cent of so small a heap.
const typicalGrowth = (count, seconds) => median([1, 2, 3, 4, 5].map(() => growth(count, seconds)));

const measured = async () => {
  const { cpu, report, unchanged } = await measureTime();
  return [
    { name: "10,000 background checks of a second's interval, of one core", value: cpu, unit: "%", most: 5 },
    { name: "a report of them, everything changed", value: report, unit: "ms", most: 10 },
    { name: "a report of them, nothing changed", value: unchanged, unit: "ms", most: 0.1 },
    { name: "the heap after 1,000,000 s of one check, simulated", value: typicalGrowth(1, 1_000_000), unit: "% more", most: 1 },
    { name: "the heap after 1,000 s of 10,000 checks, simulated", value: growth(many, 1000), unit: "% more", most: 1 },
  ];
};

const self = fileURLToPath(import.meta.url);

/** The figures, measured in a process of their own. */
export const measureBackground = () =>
  JSON.parse(execFileSync(process.execPath, ["--expose-gc", self, "--json"], { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)) }));

if (process.argv[1] === self) {
  const figures = await measured();
  const rows = figures.map(({ name, value, unit, most }) => [name, `${digits(value)} ${unit}`, `at most ${most}`, value <= most ? "reached" : "NOT REACHED"]);
  console.log(process.argv.includes("--json") ? JSON.stringify(figures) : table([["background", "measured", "bound", ""], ...rows]));
}
