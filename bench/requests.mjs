// Instructions of a whole request in Node, the framework and ours, but for the system's own work: ratios that no neighbour moves.
import { instructionsOf } from "./instructions.mjs";
import { peersOf } from "./servers/all.mjs";

// So many that one collection more is within a per cent.
const times = 10_000;

/** A row a framework and number of checks: what ours takes, and each other one as a multiple of it. */
export const measureRequests = async (progress = () => {}) => {
  const rows = [];
  for (const framework of ["http", "express", "fastify", "koa"]) {
    for (const checks of [2, 50]) {
      const ours = await instructionsOf(["request.mjs", framework, "ours", String(checks)], times);
      for (const other of ["limit", "habit", ...(checks === 2 ? peersOf(framework).filter((peer) => peer !== "lightship") : [])]) {
        const theirs = await instructionsOf(["request.mjs", framework, other, String(checks)], times);
        const row = { framework, checks, other, ours, theirs, ratio: theirs / ours };
        rows.push(row);
        progress(row);
      }
    }
  }
  return rows;
};
