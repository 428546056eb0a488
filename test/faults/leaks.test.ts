import { EventEmitter } from "node:events";
import { closeSync, openSync } from "node:fs";
import type { Check } from "probekit";
import { expect, it } from "vitest";
import { assertNoLeak, type Watched } from "./support/leaks.js";

/** What each run of a leaking check takes, and how it is given back after the test. */
interface Leak {
  readonly check: Check;
  readonly watched?: Watched;
  end?(): void;
}

const timerLeak = (set: () => NodeJS.Timeout): Leak => {
  const timers: NodeJS.Timeout[] = [];
  return { check: () => void timers.push(set()), end: () => timers.forEach((timer) => clearTimeout(timer)) };
};

const hourMs = 3_600_000;

const leaks: Record<string, () => Leak> = {
  "a timer": () => timerLeak(() => setTimeout(() => {}, hourMs)),
  "a timer that keeps no process alive": () => timerLeak(() => setTimeout(() => {}, hourMs).unref()),
  "an interval that keeps no process alive": () => timerLeak(() => setInterval(() => {}, hourMs).unref()),
  "a descriptor": () => {
    const open: number[] = [];
    return { check: () => void open.push(openSync("/dev/null", "r")), end: () => open.forEach((descriptor) => closeSync(descriptor)) };
  },
  "a listener of the client": () => {
    const client = new EventEmitter().setMaxListeners(0);
    return { check: () => void client.on("error", () => {}), watched: { emitters: [client] } };
  },
  "a listener of the signal": () => ({ check: ({ signal }) => signal.addEventListener("abort", () => {}) }),
  "a connection of the pool": () => {
    let total = 0;
    return { check: () => void (total += 1), watched: { gauge: () => ({ total }) } };
  },
};

it.for(Object.entries(leaks))("sees a check that leaves %s behind", async ([, make]) => {
  const { check, watched, end } = make();
  await expect(assertNoLeak(check, watched, { runs: 10, patienceMs: 50 })).rejects.toThrow(/became|to deeply equal/);
  end?.();
});
