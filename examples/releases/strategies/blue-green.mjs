import { smokeTest } from "../support/smoke.mjs";
import { watch } from "../support/watch.mjs";

const firstProblem = async (looks) => (await Promise.all(looks)).find((problem) => problem !== undefined);

/** Green gets everything; the smoke test goes the way of a user, through the balancer. */
const switchOver = async (stage, green) => {
  const { version } = green[0];
  stage.tell(`every process of green (${version}) is ready: the balancer is switched`);
  const problem = (await stage.serve(green)) ?? (await smokeTest({ base: stage.balancer.base, version }));
  if (problem !== undefined) return `the smoke test failed: ${problem}`;
  stage.tell(`the smoke test passed; green is watched for ${stage.options.watchMs} ms`);
  return watch(green, stage.options.watchMs);
};

/** Blue-green: all of the new version is started beside the old one, then the traffic is switched at once; the old one stays meanwhile. */
export const blueGreen = {
  count: 2,
  run: async (stage) => {
    const blue = stage.old;
    const green = blue.map(() => stage.start("2.0.0", { fault: stage.options.bad }));
    stage.tell(`green is started: 2.0.0 on ${green.map(({ port }) => port).join(" and ")}`);
    const atStart = await firstProblem(green.map(stage.ready));
    if (atStart !== undefined) {
      stage.tell(`not switched: ${atStart}`);
      stage.leave(...green);
      return { outcome: "rolled back", why: atStart };
    }
    const problem = await switchOver(stage, green);
    if (problem === undefined) {
      stage.tell("blue (1.0.0) is told to stop");
      stage.leave(...blue);
      return { outcome: "released" };
    }
    await stage.serve(blue, { isUrgent: true });
    stage.tell(`switched back to blue (1.0.0): ${problem}`);
    stage.leave(...green);
    return { outcome: "rolled back", why: problem };
  },
};
