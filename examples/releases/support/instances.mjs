import { fileURLToPath } from "node:url";
import { launch } from "./processes.mjs";

const app = fileURLToPath(new URL("../app.mjs", import.meta.url));

/** How long a process may take after its drain, in milliseconds. SIGKILL comes then, as Kubernetes does it. */
export const graceMs = 4000;

const environment = ({ version, port, fault, drainDelayMs, withoutShutdown }) => ({
  VERSION: version,
  PORT: String(port),
  DRAIN_DELAY_MS: String(drainDelayMs),
  ...(fault === undefined ? {} : { FAULT: fault }),
  ...(withoutShutdown ? { WITHOUT_SHUTDOWN: "1" } : {}),
});

const said = ({ code, signal }) => (signal === null ? `exit code ${code}` : signal);

/**
 * Starts one process of the service on a port of its own.
 * @returns `stop()`: SIGTERM, then SIGKILL after the grace, fulfils with what it ended with; `kill()`: SIGKILL
 */
export const startInstance = (release) => {
  const { child, exited, lastLine } = launch([process.execPath, app], { env: environment(release) });
  const end = async (signal) => {
    child.kill(signal);
    return said(await exited);
  };
  const stop = async () => {
    const timer = setTimeout(() => child.kill("SIGKILL"), release.drainDelayMs + graceMs);
    const ended = await end("SIGTERM");
    clearTimeout(timer);
    return ended;
  };
  const { version, port } = release;
  const ended = exited.then(said);
  return { version, port, pid: child.pid, base: `http://127.0.0.1:${port}`, ended, lastLine, stop, kill: () => end("SIGKILL") };
};
