// What a ready-made check costs above the driver's own call, in CPU of this process; real servers, started here.
// Run through tsx: `npx tsx bench/checks.mts`; prints a line of JSON last.
import { Redis } from "ioredis";
import knex from "knex";
import { Pool } from "pg";
import { postgresPassword, postgresServer, postgresUser } from "../test/support/real/postgres.js";
import { redisServer } from "../test/support/real/redis.js";
import { digits, median, table } from "./figures.mjs";

interface Measured {
  readonly name: string;
  /** Microseconds of CPU. */
  readonly driver: number;
  readonly check: number;
  readonly added: number;
}

const calls = Number(process.env["CALLS"] ?? 400);
const rounds = Number(process.env["ROUNDS"] ?? 11);

const cpuOf = async (call: () => unknown): Promise<number> => {
  const before = process.cpuUsage();
  for (let turn = 0; turn < calls; turn++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
};

type Check = (context: { signal: AbortSignal; name: string; timeoutMs: number }) => unknown;

type MakeCheck = (client: unknown) => Check;

/** A check of the build, whose types are not there before it. */
const built = async (name: string): Promise<MakeCheck> => {
  const module = (await import(new URL(`../dist/checks/${name}.js`, import.meta.url).href)) as Record<string, MakeCheck>;
  return Object.values(module)[0]!;
};

/** The driver's call and the check in turn; the median of the rounds' differences. */
const measure = async (name: string, driver: () => unknown, check: Check): Promise<Measured> => {
  const { signal } = new AbortController();
  const run = (): unknown => check({ signal, name: "bench", timeoutMs: 5000 });
  await cpuOf(driver);
  await cpuOf(run);
  const pairs: { driver: number; check: number }[] = [];
  for (let round = 0; round < rounds; round++) {
    pairs.push(round % 2 === 0 ? { driver: await cpuOf(driver), check: await cpuOf(run) } : await reversed(driver, run));
  }
  return {
    name,
    driver: median(pairs.map((pair) => pair.driver)),
    check: median(pairs.map((pair) => pair.check)),
    added: median(pairs.map((pair) => pair.check - pair.driver)),
  };
};

const reversed = async (driver: () => unknown, run: () => unknown): Promise<{ driver: number; check: number }> => {
  const check = await cpuOf(run);
  return { driver: await cpuOf(driver), check };
};

const closing: (() => unknown)[] = [];
const measured: Measured[] = [];

try {
  const postgres = await postgresServer();
  closing.unshift(() => postgres.remove());
  const settings = { host: "127.0.0.1", port: postgres.port, user: postgresUser, password: postgresPassword, database: "postgres" };
  const pool = new Pool(settings);
  closing.unshift(() => pool.end());
  measured.push(await measure("pgCheck, Pool / pool.query", () => pool.query("SELECT 1"), (await built("pg"))(pool)));
  const db = knex({ client: "pg", connection: settings });
  closing.unshift(() => db.destroy());
  measured.push(await measure("knexCheck / knex.raw", () => db.raw("SELECT 1"), (await built("knex"))(db)));

  const server = await redisServer();
  closing.unshift(() => server.remove());
  const redis = new Redis(server.port, "127.0.0.1");
  closing.unshift(() => redis.disconnect());
  measured.push(await measure("redisCheck / ioredis ping", () => redis.ping(), (await built("redis"))(redis)));
} finally {
  for (const close of closing) await close();
}

console.log(
  table([
    ["CPU a call, in µs", "driver", "check", "added", "bound", ""],
    ...measured.map(({ name, driver, check, added }) => [name, digits(driver, 1), digits(check, 1), digits(added, 1), "at most 50", added <= 50 ? "reached" : "NOT REACHED"]),
  ]),
);
console.log(JSON.stringify(measured));
