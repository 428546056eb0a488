import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { launch } from "./processes.mjs";

const script = fileURLToPath(new URL("../load.mjs", import.meta.url));

/**
 * Starts the load on a balancer; a request may take `timeoutMs`.
 * @returns `beganAt`, in milliseconds since 1970; `stop()`, which fulfils with the record when every answer is there
 */
export const startLoad = async ({ base, rate, timeoutMs }) => {
  const { child, exited, lastLine } = launch([process.execPath, script, base, String(rate), String(timeoutMs)], { ipc: true });
  const died = exited.then(() => {
    throw new Error(`the load ended by itself: ${lastLine()}`);
  });
  died.catch(() => {});
  const next = async () => (await Promise.race([once(child, "message"), died]))[0];
  const { beganAt } = await next();
  const stop = async () => {
    const done = next();
    child.send("stop");
    const { report } = await done;
    await exited;
    return report;
  };
  return { beganAt, stop };
};
