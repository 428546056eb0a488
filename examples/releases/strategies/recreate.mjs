import { watch } from "../support/watch.mjs";

const startAll = async (stage, ports, { version, fault }) => {
  const started = ports.map((port) => stage.start(version, { port, fault }));
  stage.tell(`${version} is started`);
  const problem = (await Promise.all(started.map(stage.ready))).find((each) => each !== undefined);
  return { started, problem: problem ?? (await stage.serve(started, { isUrgent: true })) };
};

const stopAll = async (stage, instances) => {
  stage.tell(`${instances[0].version} is told to stop`);
  await Promise.all(instances.map((each) => each.stop()));
  stage.tell("nothing runs");
};

/** Recreate: everything old ends before anything new begins. Nobody serves meanwhile, so nobody drains for others either. */
export const recreate = {
  count: 4,
  drainDelayMs: 0,
  run: async (stage) => {
    const ports = stage.old.map(({ port }) => port);
    await stopAll(stage, stage.old);
    const { started, problem } = await startAll(stage, ports, { version: "2.0.0", fault: stage.options.bad });
    const problemLater = problem ?? (await watch(started, stage.options.watchMs));
    if (problemLater === undefined) {
      stage.tell("2.0.0 serves");
      return { outcome: "released" };
    }
    stage.tell(`2.0.0 is not taken: ${problemLater}`);
    await stopAll(stage, started);
    const back = await startAll(stage, ports, { version: "1.0.0" });
    if (back.problem !== undefined) throw new Error(`cannot roll back: ${back.problem}`);
    stage.tell("1.0.0 serves again");
    return { outcome: "rolled back", why: problemLater };
  },
};
