import { setTimeout as delay } from "node:timers/promises";
import { whyNotReady } from "./probekit.mjs";

/** How long from one look to the next, in milliseconds. */
const everyMs = 200;

const look = async (instance, alsoLook) => {
  const problem = (await whyNotReady(instance)) ?? (await alsoLook(instance));
  return problem === undefined ? undefined : `${instance.version} on ${instance.port}: ${problem}`;
};

/** Whether the time is over: after `ms`, and then as soon as it is enough, or after `mostMs`. */
const openTime = ({ ms, mostMs, isEnough }) => {
  const beganAt = performance.now();
  return async () => {
    const spent = performance.now() - beganAt;
    return spent >= ms && (spent >= mostMs || (await isEnough()));
  };
};

/**
 * Looks at the reports of processes for a while, and a last time at its end. Two problems in a row end it: one late answer is none.
 * @param options `alsoLook`: what else is to be looked at of each, says what is wrong, or `undefined`; `isEnough` and `mostMs`: after
 *   `ms` it goes on until there is enough to judge by, but no longer than this
 * @returns `undefined`, or what is wrong
 */
export const watch = async (instances, ms, { alsoLook = () => undefined, isEnough = () => true, mostMs = ms } = {}) => {
  const isOver = openTime({ ms, mostMs, isEnough });
  let before;
  for (;;) {
    const isLast = await isOver();
    const problems = await Promise.all(instances.map((instance) => look(instance, alsoLook)));
    const problem = problems.find((each) => each !== undefined);
    if (problem !== undefined && before !== undefined) return problem;
    if (isLast && problem === undefined) return undefined;
    before = problem;
    await delay(everyMs);
  }
};
