// Whether probing leaves anything behind: `node --expose-gc bench/memory.mjs` prints the figures as JSON.
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createHandler, createHealth } from "probekit";

const probes = 10_000_000;

const heapUsed = () => {
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage().heapUsed;
};

const resources = () => process.getActiveResourcesInfo().length;

const listeners = () => process.eventNames().reduce((sum, name) => sum + process.listenerCount(name), 0);

/** Asks for ready so many times; results expire meanwhile, so that checks run too. */
const ask = async (handle, times) => {
  for (let left = times; left > 0; left -= 1000) {
    for (let probe = 0; probe < 1000; probe++) {
      const answer = handle({ method: "GET", url: "/health/ready", headers: { accept: "*/*" } });
      if (answer instanceof Promise) await answer;
    }
    await new Promise(setImmediate);
  }
};

const measured = async () => {
  const health = createHealth({ logger: false, cacheMs: 20, errorCacheMs: 20 });
  for (const name of ["database", "redis"]) health.register(name, async () => true);
  const handle = createHandler(health);
  await ask(handle, probes / 10);
  const [heap, held, heard] = [heapUsed(), resources(), listeners()];
  await ask(handle, probes);
  return [
    { name: "the heap after 10 million probes", value: ((heapUsed() - heap) / heap) * 100, unit: "% more", most: 1 },
    { name: "timers, handles and listeners more than at the start", value: resources() - held + listeners() - heard, unit: "", most: 0 },
  ];
};

const self = fileURLToPath(import.meta.url);

/** The figures, measured in a process of their own. */
export const measureMemory = () => JSON.parse(execFileSync(process.execPath, ["--expose-gc", self], { encoding: "utf8", cwd: fileURLToPath(new URL(".", import.meta.url)) }));

if (process.argv[1] === self) console.log(JSON.stringify(await measured()));
