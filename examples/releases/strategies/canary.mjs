import { watch } from "../support/watch.mjs";

const steps = [5, 25, 50, 100];

/** The share of failed requests that a canary may have. */
const allowed = 0.01;

/** Both groups have as many processes, so that a process's weight is its group's share. */
const share = async ({ balancer }, { stable, canaries }, percent) => {
  for (const each of canaries) await balancer.setWeight(each, percent);
  for (const each of stable) await balancer.setWeight(each, 100 - percent);
};

const percentOf = (failed, requests) => `${((100 * failed) / requests).toFixed(1)} %`;

const complain = (lost, asked) => `${lost} of ${asked} requests failed (${percentOf(lost, asked)}, allowed ${100 * allowed} %)`;

/** What the balancer counts of each canary since now. */
const countFromNow = async ({ balancer }, canaries) => {
  const before = new Map(await Promise.all(canaries.map(async (each) => [each, await balancer.countsOf(each)])));
  const since = async (canary) => {
    const { requests, failed, isUp, check } = await balancer.countsOf(canary);
    return { asked: requests - before.get(canary).requests, lost: failed - before.get(canary).failed, isUp, check };
  };
  const overOf = async (canary) => (await balancer.countsOf(canary)).over - before.get(canary).over;
  return {
    problemOf: async (canary) => {
      const { asked, lost, isUp, check } = await since(canary);
      if (!isUp) return `the balancer took it out (${check})`;
      return lost > allowed * asked ? complain(lost, asked) : undefined;
    },
    over: async () => (await Promise.all(canaries.map(overOf))).reduce((total, over) => total + over, 0),
  };
};

/** Where too few ask, nobody waits for ever; but it is said that the step has shown little. */
const tellIfFew = ({ tell, options: { stepRequests, stepWithinMs } }, { percent, tried }) => {
  if (tried >= stepRequests) return;
  const wanted = `${stepRequests} wanted within ${stepWithinMs} ms`;
  tell(`at ${percent} % the canary was tried with ${tried} requests only (${wanted}): that shows little`);
};

/** Holds a share for a while, and until the canary has been tried with enough requests: without any, no error rate is too high. */
const hold = async (stage, { stable, canaries }, percent) => {
  const { stepMs, stepRequests, stepWithinMs } = stage.options;
  const { problemOf, over } = await countFromNow(stage, canaries);
  await share(stage, { stable, canaries }, percent);
  stage.tell(`the canary gets ${percent} % of the requests`);
  const isEnough = async () => (await over()) >= stepRequests;
  const problem = await watch(canaries, stepMs, { alsoLook: problemOf, isEnough, mostMs: stepWithinMs });
  if (problem === undefined) tellIfFew(stage, { percent, tried: await over() });
  return problem;
};

const walk = async (stage, groups) => {
  for (const percent of steps) {
    const problem = await hold(stage, groups, percent);
    if (problem !== undefined) return `at ${percent} %: ${problem}`;
  }
  return undefined;
};

const giveUp = async (stage, canaries, why) => {
  stage.tell(`rolled back to 1.0.0: ${why}`);
  stage.leave(...canaries);
  return { outcome: "rolled back", why };
};

/** Canary: a growing share of the requests, by weights, for as long as the canary's report and its error rate hold. */
export const canary = {
  count: 2,
  weightOfNew: 0,
  run: async (stage) => {
    const stable = stage.old;
    const canaries = stable.map(() => stage.start("2.0.0", { fault: stage.options.bad }));
    stage.tell(`the canary is started: 2.0.0 on ${canaries.map(({ port }) => port).join(" and ")}, without traffic`);
    const atStart = (await Promise.all(canaries.map(stage.ready))).find((problem) => problem !== undefined);
    if (atStart !== undefined) return giveUp(stage, canaries, atStart);
    const problem = (await stage.serve(canaries)) ?? (await walk(stage, { stable, canaries }));
    if (problem !== undefined) {
      await share(stage, { stable, canaries }, 0);
      return giveUp(stage, canaries, problem);
    }
    stage.tell("1.0.0 is told to stop");
    stage.leave(...stable);
    return { outcome: "released" };
  },
};
