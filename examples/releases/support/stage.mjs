import { setTimeout as delay } from "node:timers/promises";
import { openHaproxy } from "../balancers/haproxy.mjs";
import { openNginx } from "../balancers/nginx.mjs";
import { openEvents } from "./events.mjs";
import { openFleet } from "./fleet.mjs";
import { openFolder } from "./folder.mjs";
import { startLoad } from "./load-process.mjs";
import { freePorts } from "./ports.mjs";
import { waitUntilReady } from "./probekit.mjs";
import { endAll } from "./processes.mjs";

const openBalancer = { haproxy: openHaproxy, nginx: openNginx };

/** More than run at any time: those that serve, one that comes, and those that still drain. */
const slots = 10;

/** How long the load runs before the release and after it, in milliseconds. */
const calmMs = 700;

/** How long 1.0.0 may take to become ready, in milliseconds: it is not what is tried here. */
const oldWithinMs = 30_000;

const startOld = async (fleet, count) => {
  const old = Array.from({ length: count }, () => fleet.start("1.0.0"));
  const problems = await Promise.all(old.map((each) => waitUntilReady(each, oldWithinMs)));
  const problem = problems.find((each) => each !== undefined);
  if (problem !== undefined) throw new Error(`1.0.0 does not start: ${problem}`);
  return old;
};

const weightsOf = (ports, old, weightOfNew = 100) =>
  Object.fromEntries(ports.map((port) => [port, old.some((each) => each.port === port) ? 100 : weightOfNew]));

const openStage = async (folder, plan, options) => {
  const [port, ...ports] = await freePorts(slots + 1);
  const events = openEvents();
  const fleet = openFleet(ports, { ...options, drainDelayMs: plan.drainDelayMs ?? options.drainDelayMs, tell: events.tell });
  const old = await startOld(fleet, plan.count);
  const weights = weightsOf(ports, old, plan.weightOfNew);
  const setup = { folder, port, ports, instances: old, weights, retries: plan.retries, serverTimeoutMs: options.serverTimeoutMs };
  const balancer = await openBalancer[options.balancer](setup);
  await balancer.settle(old);
  /** Tells the balancer who gets the traffic. @returns `undefined`, or why it did not take them */
  const serve = (instances, how) => balancer.serve(instances, how).then(() => undefined, (error) => error.message);
  return { ...fleet, folder, options, old, balancer, serve, events, tell: events.tell };
};

/** Runs the strategy under load; the load lasts until all that it stopped has ended, and for a while after. */
const runUnderLoad = async (stage, run, { rate, seconds, balancer, serverTimeoutMs }) => {
  // The balancer gives up first, so that it is the one to say so.
  const load = await startLoad({ base: stage.balancer.base, rate, timeoutMs: 2 * serverTimeoutMs });
  stage.events.begin(load.beganAt);
  stage.tell(`the load begins: ${rate} requests/s on ${stage.old.length} × 1.0.0 behind ${balancer}`);
  await delay(calmMs);
  const result = await run(stage);
  await stage.allLeft();
  await delay(Math.max(calmMs, seconds * 1000 - (Date.now() - load.beganAt)));
  const record = await load.stop();
  stage.tell("the load has ended");
  return { ...result, load: record, events: stage.events.all() };
};

/**
 * Runs a strategy: `plan.count` processes of version 1.0.0 behind the balancer, and the load on it all the time.
 * @param plan a strategy: `count`, `run(stage)`, what it wants of the balancer
 * @param options the options of run.mjs
 * @returns the record of the load, the events, and the outcome
 */
export const perform = async (plan, options) => {
  const { strategy, balancer, bad, withoutShutdown } = options;
  try {
    const stage = await openStage(openFolder(), plan, options);
    return { strategy, balancer, bad, withoutShutdown, ...(await runUnderLoad(stage, plan.run, options)) };
  } finally {
    await endAll();
  }
};
