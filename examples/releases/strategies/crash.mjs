import { setTimeout as delay } from "node:timers/promises";

/** How long until whoever supervises the process starts it again, in milliseconds. */
const restartAfterMs = 1000;

/** No release: one of four processes is killed under load, as the kernel does it when memory runs out, and started again. */
export const crash = {
  count: 4,
  // A refused connection goes to another server: nothing was sent on it.
  retries: 3,
  run: async (stage) => {
    const [victim] = stage.old;
    const { port, version } = victim;
    const from = Date.now();
    await victim.kill();
    const to = Date.now();
    stage.tell(`${version} on ${port} is killed with SIGKILL`);
    await delay(restartAfterMs);
    const again = stage.start(version, { port });
    // nginx asks again by itself after fail_timeout; HAProxy when its checks have passed.
    const problem = (await stage.ready(again)) ?? (stage.options.balancer === "haproxy" ? await stage.serve([again]) : undefined);
    if (problem !== undefined) throw new Error(problem);
    stage.tell(`${version} on ${port} is ready again`);
    return { outcome: "recovered", killed: { from, to } };
  },
};
