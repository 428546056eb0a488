// Starts a server of servers.mjs and measures how many requests a second it answers.
import { execFile, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./servers.mjs", import.meta.url));
const hasWrk = spawnSync("wrk", ["-v"]).error === undefined;

/** The generator of the load: wrk where it is installed, else autocannon, which is itself slower than a bare server. */
export const generator = hasWrk ? "wrk" : "autocannon";

/** Starts a server; `rate` measures requests a second for some seconds. */
export const start = async (framework, variant) => {
  const child = spawn(process.execPath, [script, framework, variant], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const url = `http://127.0.0.1:${String(line).trim()}/health/ready`;
  const answer = await fetch(url);
  if (answer.status !== 200) throw new Error(`${framework} ${variant} answers ${answer.status}`);
  return { rate: (seconds) => (hasWrk ? wrk(url, seconds) : autocannon(url, seconds)), stop: () => child.kill() };
};

const wrk = (url, seconds) =>
  new Promise((resolve, reject) => {
    execFile("wrk", ["-t1", "-c32", `-d${seconds}s`, url], (error, output) => {
      const rate = /Requests\/sec:\s+([\d.]+)/.exec(output);
      if (error || !rate || /Non-2xx/.test(output)) reject(error ?? new Error(output));
      else resolve(Number(rate[1]));
    });
  });

const autocannon = async (url, duration) => {
  const { default: run } = await import("autocannon");
  const { requests, non2xx, errors } = await run({ url, duration, connections: 32 });
  if (non2xx + errors > 0) throw new Error(`${non2xx + errors} requests failed`);
  return requests.average;
};
