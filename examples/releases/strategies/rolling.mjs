import { setTimeout as delay } from "node:timers/promises";
import { smokeTest } from "../support/smoke.mjs";
import { watch } from "../support/watch.mjs";

const without = (instances, gone) => instances.filter((each) => each !== gone);

/** Starts one more process and lets it in beside those that serve. @returns it, whether it is in, and what is wrong with it */
const letIn = async (stage, { version, fault, serving }) => {
  const next = stage.start(version, { fault });
  const before = (await stage.ready(next)) ?? (await smokeTest({ base: next.base, version }));
  if (before !== undefined) return { next, isIn: false, problem: before };
  return { next, isIn: true, problem: await stage.serve([...serving, next]) };
};

/** Takes one out: the balancer is told first, and what is on its way to it meanwhile is what the drain is for. */
const letOut = async (stage, serving, leaving) => {
  const rest = without(serving, leaving);
  const problem = await stage.serve(rest);
  if (problem !== undefined) throw new Error(problem);
  stage.leave(leaving);
  return rest;
};

/** Puts the old version back where the new one is. */
const rollBack = async (stage, serving, back) => {
  let now = serving;
  for (const instance of serving.filter(({ version }) => version !== back)) {
    const { next, problem } = await letIn(stage, { version: back, serving: now });
    if (problem !== undefined) throw new Error(`cannot roll back: ${problem}`);
    now = await letOut(stage, [...now, next], instance);
  }
  stage.tell(`${back} serves alone again`);
  return now;
};

/** One after the other: a new process comes, and when it is ready and has stayed so, an old one goes. */
const update = async (stage, current, version) => {
  let serving = current;
  for (const leaving of current) {
    const { next, isIn, problem: atStart } = await letIn(stage, { version, fault: stage.options.bad, serving });
    const fresh = [...serving.filter((each) => each.version === version), next];
    const problem = atStart ?? (await watch(fresh, stage.options.minReadyMs));
    if (problem !== undefined) {
      stage.tell(`${version} is not taken: ${problem}`);
      if (isIn) await stage.serve(serving, { isUrgent: true });
      stage.leave(next);
      return { serving: await rollBack(stage, serving, leaving.version), problem };
    }
    stage.tell(`${version} on ${next.port} is ready; ${leaving.version} on ${leaving.port} is told to stop`);
    serving = await letOut(stage, [...serving, next], leaving);
  }
  return { serving };
};

const pause = ({ seconds, updates }, beganAt) => {
  const [share, spent] = [(seconds * 1000) / updates, performance.now() - beganAt];
  return delay(Math.max(0, share - spent));
};

/** Rolling update: four processes, replaced one after the other, the new one first (maxSurge 1, maxUnavailable 0). */
export const rolling = {
  count: 4,
  run: async (stage) => {
    let serving = stage.old;
    for (let at = 1; at <= stage.options.updates; at += 1) {
      const beganAt = performance.now();
      const { serving: next, problem } = await update(stage, serving, `${at + 1}.0.0`);
      if (problem !== undefined) return { outcome: "rolled back", why: problem };
      serving = next;
      if (at < stage.options.updates) await pause(stage.options, beganAt);
    }
    return { outcome: "released" };
  },
};
