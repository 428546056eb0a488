import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { atExit } from "./processes.mjs";

const readOrNothing = (file) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
};

/** Whether it is a process of the service: a number in a file may be another's by now. */
const isApp = (pid) => readOrNothing(`/proc/${pid}/cmdline`).includes("app.mjs");

// deploy.sh starts the service in a session of its own, so that it outlives the script; its number stands in the folder.
const killNamedIn = (file) => {
  const pid = Number(readOrNothing(file));
  if (!Number.isInteger(pid) || pid <= 1 || !isApp(pid)) return;
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
};

const removeAll = (folder) => {
  for (const name of ["blue.pid", "green.pid"]) killNamedIn(join(folder, name));
  // nginx may still be writing to it.
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
};

/** Makes the folder of a run. When the run ends, however it ends but by SIGKILL, it is removed, after what deploy.sh started has ended. */
export const openFolder = () => {
  const folder = mkdtempSync(join(tmpdir(), "releases-"));
  atExit(() => removeAll(folder));
  return folder;
};
