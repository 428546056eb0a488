import { median } from "../figures.mjs";
import type { Subject } from "./subject.mjs";

/** Microseconds of this process's CPU for a call. */
export interface Measured {
  readonly name: string;
  readonly driver: number;
  readonly check: number;
  /** The median of the rounds' differences. */
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

interface Pair {
  readonly driver: number;
  readonly check: number;
}

const pair = async (driver: () => unknown, run: () => unknown, isDriverFirst: boolean): Promise<Pair> => {
  if (isDriverFirst) return { driver: await cpuOf(driver), check: await cpuOf(run) };
  const check = await cpuOf(run);
  return { driver: await cpuOf(driver), check };
};

/** The driver's call and the check in turn. */
export const measure = async ({ name, driver, check }: Subject): Promise<Measured> => {
  const { signal } = new AbortController();
  const run = (): unknown => check({ signal, name: "bench", timeoutMs: 5000 });
  await pair(driver, run, true);
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) pairs.push(await pair(driver, run, round % 2 === 0));
  return {
    name,
    driver: median(pairs.map((each) => each.driver)),
    check: median(pairs.map((each) => each.check)),
    added: median(pairs.map((each) => each.check - each.driver)),
  };
};
