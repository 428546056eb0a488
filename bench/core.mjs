// What the core does without a framework: the fresh path, a flood, hung checks, and its import.
import { execFileSync } from "node:child_process";
import { createHandler, createHealth } from "probekit";
import { median } from "./figures.mjs";

const quiet = { logger: false };

/** Microseconds of one fresh ready report of `count` checks: the median of nine batches. */
const freshMicroseconds = async (count) => {
  const health = createHealth({ ...quiet, cacheMs: 2_000_000_000 });
  for (let index = 0; index < count; index++) health.register(`c${index}`, async () => true);
  await health.report("ready");
  const handle = createHandler(health);
  const headers = { host: "127.0.0.1", "user-agent": "kube-probe/1.36", accept: "*/*" };
  const batch = () => {
    const startedAt = performance.now();
    for (let probe = 0; probe < 200_000; probe++) handle({ method: "GET", url: "/health/ready", headers });
    return ((performance.now() - startedAt) * 1000) / 200_000;
  };
  batch();
  return median(Array.from({ length: 9 }, batch));
};

/** Microseconds that a report adds to ten checks that all run, beside asking them without a library: the median of nine batches. */
const runsMicroseconds = async (check) => {
  const health = createHealth({ ...quiet, cacheMs: 0, errorCacheMs: 0 });
  const checks = Array.from({ length: 10 }, () => check);
  for (const [index, own] of checks.entries()) health.register(`c${index}`, own);
  const handle = createHandler(health);
  const batch = async (work) => {
    const startedAt = performance.now();
    for (let turn = 0; turn < 5000; turn++) await work();
    return ((performance.now() - startedAt) * 1000) / 5000;
  };
  const alone = () => Promise.all(checks.map((own) => own()));
  const reported = () => handle({ method: "GET", url: "/health/ready", headers: {} });
  const added = [];
  for (let turn = 0; turn < 10; turn++) added.push(-(await batch(alone)) + (await batch(reported)));
  return median(added.slice(1));
};

/** How often a check of 50 ms runs when 1,000 probes ask at once. */
const runsOfFlood = async () => {
  const health = createHealth(quiet);
  let runs = 0;
  health.register("db", () => {
    runs += 1;
    return new Promise((resolve) => setTimeout(resolve, 50));
  });
  const handle = createHandler(health);
  await Promise.all(Array.from({ length: 1000 }, () => handle({ method: "GET", url: "/health/ready", headers: {} })));
  return runs;
};

/** Milliseconds after which a report is there though `count` checks never settle: the greatest of `times`. */
const hungMilliseconds = async (count, times) => {
  const taken = [];
  for (let time = 0; time < times; time++) {
    const health = createHealth(quiet);
    for (let index = 0; index < count; index++) health.register(`c${index}`, ({ signal }) => new Promise(() => void signal));
    const startedAt = performance.now();
    await health.report("ready");
    taken.push(performance.now() - startedAt);
    await health.close();
  }
  return Math.max(...taken);
};

/** Milliseconds that importing the built core adds to an empty module: the median of `times` processes, in turn. */
const importMilliseconds = (times) => {
  const time = (specifier) =>
    Number(
      execFileSync(process.execPath, ["--input-type=module", "-e", `const t = performance.now(); await import(new URL(${JSON.stringify(specifier)}, ${JSON.stringify(import.meta.url)})); console.log(performance.now() - t)`], {
        cwd: new URL(".", import.meta.url),
      }),
    );
  const pairs = Array.from({ length: times }, () => ({ empty: time("./empty.mjs"), core: time("../dist/index.js") }));
  return median(pairs.map(({ empty, core }) => core - empty));
};

/** Every figure of the core, each with the bound it is held against. */
export const measureCore = async () => [
  { name: "fresh ready report of 2 checks", value: await freshMicroseconds(2), unit: "µs", most: 0.5 },
  { name: "fresh ready report of 1,000 checks", value: await freshMicroseconds(1000), unit: "µs", most: 0.5 },
  { name: "ten checks that answer at once, above the checks", value: await runsMicroseconds(() => true), unit: "µs", most: 10 },
  { name: "ten checks that answer with a promise, above the checks", value: await runsMicroseconds(async () => true), unit: "µs", most: 10 },
  { name: "runs that 1,000 probes at once start", value: await runsOfFlood(), unit: "runs", most: 1 },
  { name: "report of 1,000 hung checks, greatest of 20", value: await hungMilliseconds(1000, 20), unit: "ms", most: 800 },
  { name: "report of 10,000 hung checks, as it is", value: await hungMilliseconds(10_000, 1), unit: "ms" },
  { name: "import over an empty module", value: importMilliseconds(15), unit: "ms", most: 3 },
];
