// One workload, so many times, for a counter of instructions: `node --predictable workload.mjs <name> <times>`.
// Time stands still unless the workload moves it, so that every run executes the same.
import { fileURLToPath } from "node:url";
import { createHandler, createHealth } from "../dist/index.js";

let now = 1000;
const clock = { now: () => now, wallNow: () => 1_800_000_000_000 + now, setTimeout: () => 1, clearTimeout: () => {} };

const healthOf = (count, options) => {
  const health = createHealth({ logger: false, clock, ...options });
  for (let index = 0; index < count; index++) health.register(`c${index}`, () => true);
  return health;
};

const headers = ["Host", "127.0.0.1:3000", "User-Agent", "kube-probe/1.36", "Accept", "*/*", "Connection", "close"];

const probe = async (count) => {
  const health = healthOf(count, { cacheMs: 2_000_000_000 });
  await health.report("ready");
  const handle = createHandler(health);
  return () => handle({ method: "GET", url: "/health/ready", headers });
};

const later = (ms, work) => () => {
  now += ms;
  return work();
};

// What a service writes that has no health library: no deadline, no cache, no bounds.
const handWritten = () => {
  const checks = { c0: () => true, c1: () => true };
  return () => {
    const results = Object.entries(checks).map(([name, check]) => [name, { status: check() ? "ok" : "error" }]);
    const body = JSON.stringify({ status: "healthy", timestamp: new Date(clock.wallNow()).toISOString(), checks: Object.fromEntries(results) });
    return { status: 200, headers: { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }, body };
  };
};

/** What is counted: by name, how it is prepared, and how often it runs in one measurement: so often that one collection is a few per cent. */
const workloads = {
  "a handler written by hand, two checks": { times: 20_000, make: handWritten },
  "a fresh report of 2 checks, within a millisecond": { times: 50_000, make: () => probe(2) },
  "a fresh report of 1,000 checks, within a millisecond": { times: 50_000, make: () => probe(1000) },
  "a fresh report of 2 checks, in a new millisecond": { times: 80_000, make: async () => later(1, await probe(2)) },
  "a fresh report of 50 checks, in a new millisecond": { times: 80_000, make: async () => later(1, await probe(50)) },
  "a report of 10 checks that all run": {
    times: 15_000,
    make: async () => {
      const handle = createHandler(healthOf(10, { cacheMs: 0, errorCacheMs: 0 }));
      return later(1, () => handle({ method: "GET", url: "/health/ready", headers }));
    },
  },
};

/** Every workload's name and its number of times. */
export const counts = Object.fromEntries(Object.entries(workloads).map(([name, { times }]) => [name, times]));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const work = await workloads[process.argv[2]].make();
  let bytes = 0;
  for (let left = Number(process.argv[3]); left > 0; left--) bytes += work().body.length;
  if (bytes === 0) throw new Error("nothing was answered");
}
