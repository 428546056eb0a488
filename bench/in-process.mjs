// Microseconds a request in this process alone, over a connection that is no socket.
import { median } from "./figures.mjs";
import { servers } from "./servers/all.mjs";
import { driver } from "./servers/unplugged.mjs";

const timed = (drive) => async (count) => {
  const startedAt = performance.now();
  await drive(count);
  return ((performance.now() - startedAt) * 1000) / count;
};

/** Per framework and number of checks: microseconds a request of both baselines, the limit again, and ours. */
export const measureInProcess = async (rounds = 15, requests = 4000) => {
  const rows = [];
  for (const [framework, checks] of ["http", "express", "fastify", "koa"].flatMap((name) => [[name, 2], [name, 50]])) {
    const variants = ["limit", "limit", "habit", "ours"];
    const drivers = await Promise.all(variants.map(async (variant) => timed(driver(await servers[framework][variant](checks)))));
    const taken = variants.map(() => []);
    for (const drive of drivers) await drive(requests * 4);
    for (let round = 0; round < rounds; round++) {
      for (const [index, drive] of drivers.entries()) taken[index].push(await drive(requests));
    }
    const [limit, again, habit, ours] = taken.map(median);
    rows.push({ framework, checks, limit, again, habit, ours });
  }
  return rows;
};
