import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { launch } from "./processes.mjs";

const require = createRequire(import.meta.url);
const manifest = require.resolve("probekit/package.json");

/** The command line as words: what `npx probekit` runs, without npm's own start-up. */
export const probekit = [process.execPath, join(dirname(manifest), require(manifest).bin.probekit)];

/**
 * `probekit wait`: whether the instance became ready in time.
 * @returns `undefined`, or why not
 */
export const waitUntilReady = async (instance, timeoutMs) => {
  const how = ["--timeout", `${timeoutMs}ms`, "--interval", "50ms", "--expect", `version=${instance.version}`];
  const waiting = launch([...probekit, "wait", ...how, `${instance.base}/health/ready`]);
  const died = instance.ended.then((end) => ({ end }));
  const first = await Promise.race([waiting.exited, died]);
  if (first.end !== undefined) {
    waiting.child.kill("SIGKILL");
    return `it ended before it was ready (${first.end}): ${instance.lastLine()}`;
  }
  return first.code === 0 ? undefined : `it was not ready within ${timeoutMs} ms: ${await whyNotReady(instance)}`;
};

/**
 * Asks the instance's own report.
 * @returns `undefined` while it is ready, or why not
 */
export const whyNotReady = async ({ base }) => {
  try {
    const response = await fetch(`${base}/health/ready`, { signal: AbortSignal.timeout(1000) });
    const { status, lifecycle, causes } = await response.json();
    if (response.status === 200) return undefined;
    return `ready is ${status}, ${lifecycle}${causes.length > 0 ? `, because of ${causes.join(", ")}` : ""}`;
  } catch (error) {
    if (error.name === "TimeoutError") return "its probe does not answer within 1000 ms";
    return `its probe cannot be reached (${error.cause?.code ?? error.name})`;
  }
};
