import { setTimeout as delay } from "node:timers/promises";
import { whyNotReady } from "./probekit.mjs";

/** How long from one look to the next, in milliseconds. */
const everyMs = 200;

const look = async (instance, alsoLook) => {
  const problem = (await whyNotReady(instance)) ?? (await alsoLook(instance));
  return problem === undefined ? undefined : `${instance.version} on ${instance.port}: ${problem}`;
};

/**
 * Looks at the reports of processes for a while. Two problems in a row end it: one late answer is none.
 * @param alsoLook what else is to be looked at of each; says what is wrong, or `undefined`
 * @returns `undefined`, or what is wrong
 */
export const watch = async (instances, ms, alsoLook = () => undefined) => {
  const end = performance.now() + ms;
  let before;
  do {
    const problems = await Promise.all(instances.map((instance) => look(instance, alsoLook)));
    const problem = problems.find((each) => each !== undefined);
    if (problem !== undefined && before !== undefined) return problem;
    before = problem;
    await delay(everyMs);
  } while (performance.now() < end || before !== undefined);
  return undefined;
};
