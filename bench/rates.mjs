// Requests a second of a fresh ready report of two checks, as a ratio to a bare handler, side by side in one run.
import { generator, start } from "./load.mjs";
import { median, spread } from "./figures.mjs";

const rounds = Number(process.env.ROUNDS ?? 11);
const seconds = Number(process.env.SECONDS ?? 1);

/** Measures some variants in turn, round after round, and gives each one's rates. */
const inTurn = async (framework, variants) => {
  const servers = await Promise.all(variants.map((variant) => start(framework, variant)));
  const rates = variants.map(() => []);
  for (const server of servers) await server.rate(1);
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another one, so that none is always measured last.
    for (let turn = 0; turn < servers.length; turn++) {
      const index = (turn + round) % servers.length;
      rates[index].push(await servers[index].rate(seconds));
    }
  }
  for (const server of servers) server.stop();
  return rates;
};

const ratios = (rates, base) => rates.map((rate, round) => rate / base[round]);

/** Two processes of one program differ by some per cent here: each round counts both. */
const both = (one, other) => one.map((rate, round) => (rate + other[round]) / 2);

const bounds = { http: 0.95, fastify: 0.95, koa: 0.95, express: 1 };

/** One row a framework, and one for the peer. */
export const measureRates = async () => {
  const rows = [];
  for (const [framework, bound] of Object.entries(bounds)) {
    const variants = ["bare", "ours", "bare", "ours", ...(framework === "http" ? ["terminus"] : [])];
    const [bare, ours, bareAgain, oursAgain, terminus] = await inTurn(framework, variants);
    const own = median(ratios(bareAgain, bare));
    const average = both(ours, oursAgain);
    const row = (name, values, least) => ({ name, ratio: median(values), spread: spread(values), least, baseline: own, counts: Math.abs(own - 1) <= 0.03, rate: median(average) });
    rows.push(row(`${framework}: ours / bare`, ratios(average, both(bare, bareAgain)), bound));
    if (terminus) rows.push(row("http: ours / @godaddy/terminus", ratios(average, terminus), 2.5));
  }
  return { generator, rounds, seconds, rows };
};
