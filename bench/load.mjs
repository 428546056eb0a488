// Starts a server of servers/all.mjs in a process of its own and measures what it answers under load.
import { execFile, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./servers/all.mjs", import.meta.url));
const reporter = fileURLToPath(new URL("./report.lua", import.meta.url));
const hasWrk = spawnSync("wrk", ["-v"]).error === undefined;

/** The generator of the load: wrk where it is installed, else autocannon, which is itself slower than a bare server. */
export const generator = hasWrk ? "wrk" : "autocannon";

/**
 * Starts a server. `measure` puts it under load and resolves with requests a second, microseconds of CPU that a request
 * took in it, and percentiles of the latency in microseconds.
 */
export const start = async (framework, variant, checks = 2) => {
  const child = fork(script, [framework, variant, String(checks)], { stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const [line] = await once(child.stdout, "data");
  const url = String(line).trim();
  const answer = await fetch(url);
  const bytes = (await answer.arrayBuffer()).byteLength;
  if (answer.status !== 200) throw new Error(`${framework} ${variant} answers ${answer.status}`);
  const cpu = async () => {
    child.send("cpu");
    const [microseconds] = await once(child, "message");
    return microseconds;
  };
  const measure = async (seconds) => {
    const before = await cpu();
    const { requests, us, ...latency } = await (hasWrk ? wrk(url, seconds) : autocannon(url, seconds));
    return { requests, rate: (requests / us) * 1e6, cpu: ((await cpu()) - before) / requests, ...latency };
  };
  return { url, bytes, cpu, measure, stop: () => child.kill() };
};

const checked = ({ failed, ...measured }) => {
  if (failed > 0) throw new Error(`${failed} requests failed`);
  return measured;
};

const wrk = (url, seconds) =>
  new Promise((resolve, reject) => {
    execFile("wrk", ["-t1", "-c32", `-d${seconds}s`, "-s", reporter, url], (error, output) => {
      if (error) reject(error);
      else resolve(checked(JSON.parse(output.trim().split("\n").at(-1))));
    });
  });

const autocannon = async (url, duration) => {
  const { default: run } = await import("autocannon");
  const { requests, latency, non2xx, errors } = await run({ url, duration, connections: 32 });
  return checked({ requests: requests.total, us: duration * 1e6, failed: non2xx + errors, p50: latency.p50 * 1000, p99: latency.p99 * 1000, p999: latency.p99_9 * 1000 });
};
