// Fresh ready reports a second, ours beside two baselines and the peers, in turn in one run.
// `limit` writes one constant buffer of the same bytes, `habit` gives the framework an object; both send our headers.
import { generator, start } from "./load.mjs";
import { median, spread } from "./figures.mjs";
import { checkless, peersOf } from "./servers/all.mjs";

const rounds = Number(process.env.ROUNDS ?? 11);
const seconds = Number(process.env.SECONDS ?? 1);
const chosen = process.env.FRAMEWORKS?.split(",") ?? ["http", "express", "fastify", "koa"];

/** Measures some variants in turn, round after round, and gives each one's figures. */
const inTurn = async (framework, variants, checks) => {
  const servers = await Promise.all(variants.map((variant) => start(framework, variant, checks)));
  const figures = variants.map(() => []);
  for (const server of servers) await server.measure(1);
  for (let round = 0; round < rounds; round++) {
    // Each round begins with another one, so that none is always measured last.
    for (let turn = 0; turn < servers.length; turn++) {
      const index = (turn + round) % servers.length;
      figures[index].push(await servers[index].measure(seconds));
    }
  }
  for (const server of servers) server.stop();
  return figures;
};

/** Two processes of one program differ by some per cent: where there are two, each round counts both. */
const mean = (lists) => lists[0].map((_, round) => lists.reduce((sum, list) => sum + list[round], 0) / lists.length);

const ratios = (values, base) => values.map((value, round) => value / base[round]);

const boundsOf = (checks) => (checks === 2 ? { limit: 0.97, habit: 1, peer: 2.5 } : { limit: 0.95, habit: 1.5 });

/** One framework with so many checks: a row for each baseline and peer. */
const compare = async (framework, checks) => {
  const twice = ["ours", "limit", "habit"];
  const peers = checks === 2 ? peersOf(framework) : [];
  const variants = [...twice, ...twice, ...peers];
  const figures = await inTurn(framework, variants, checks);
  const of = (variant, key) => figures.flatMap((list, index) => (variants[index] === variant ? [list.map((figure) => figure[key])] : []));
  const ours = mean(of("ours", "rate"));
  const bounds = boundsOf(checks);
  return ["limit", "habit", ...peers].map((other) => {
    const lists = of(other, "rate");
    const values = ratios(ours, mean(lists));
    // A baseline that differs from itself says nothing of another; a peer's counts by the limit's.
    const own = lists.length === 2 ? lists : of("limit", "rate");
    const baseline = median(ratios(own[1], own[0]));
    return {
      framework, checks, other,
      ratio: median(values), spread: spread(values), least: checkless.includes(other) ? undefined : (bounds[other] ?? bounds.peer),
      cpu: median(mean(of(other, "cpu"))) / median(mean(of("ours", "cpu"))),
      baseline, counts: Math.abs(baseline - 1) <= 0.03,
      rate: median(ours), otherRate: median(mean(lists)),
    };
  });
};

/** Every framework with two checks and with fifty. */
export const measureRates = async (progress = () => {}) => {
  const rows = [];
  for (const framework of chosen) {
    for (const checks of [2, 50]) {
      const found = await compare(framework, checks);
      for (const row of found) progress(row);
      rows.push(...found);
    }
  }
  return { generator, rounds, seconds, rows };
};

/** Rate and latency on node:http of a report of 1, 10, 100 and 1,000 checks, beside a constant of the same bytes. */
export const measureSizes = async () => {
  const rows = [];
  for (const checks of [1, 10, 100, 1000]) {
    const variants = ["ours", "limit"];
    const servers = await Promise.all(variants.map((variant) => start("http", variant, checks)));
    const bytes = servers[0].bytes;
    for (const server of servers) server.stop();
    const [ours, limit] = await inTurn("http", variants, checks);
    const middle = (figures, key) => median(figures.map((figure) => figure[key]));
    const figuresOf = (figures) => ({ rate: middle(figures, "rate"), cpu: middle(figures, "cpu"), p50: middle(figures, "p50"), p99: middle(figures, "p99"), p999: middle(figures, "p999") });
    rows.push({ checks, bytes, ours: figuresOf(ours), limit: figuresOf(limit), ratio: median(ratios(ours.map(({ rate }) => rate), limit.map(({ rate }) => rate))) });
  }
  return rows;
};
