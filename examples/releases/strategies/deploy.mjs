import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { graceMs } from "../support/instances.mjs";
import { probekit } from "../support/probekit.mjs";
import { launch } from "../support/processes.mjs";

const script = fileURLToPath(new URL("../deploy.sh", import.meta.url));

const outcomes = ["released", "rolled back"];

const environment = ({ folder, balancer, options, freePort, old: [blue] }) => ({
  DEPLOY_STATE: folder,
  FRONT: balancer.base,
  BLUE_PORT: String(blue.port),
  GREEN_PORT: String(freePort()),
  PROBEKIT: probekit[1],
  READY_TIMEOUT: String(Math.ceil(options.readyWithinMs / 1000)),
  WATCH_SECONDS: "2",
  STOP_SECONDS: String(Math.ceil((options.drainDelayMs + graceMs) / 1000)),
  DRAIN_DELAY_MS: String(options.drainDelayMs),
  ...(options.bad === undefined ? {} : { FAULT: options.bad }),
  ...(options.withoutShutdown ? { WITHOUT_SHUTDOWN: "1" } : {}),
});

/** deploy.sh: the same on one machine, as a shell script with an exit code. */
export const deploy = {
  count: 1,
  run: async (stage) => {
    await writeFile(join(stage.folder, "live"), "blue\n");
    await writeFile(join(stage.folder, "blue.pid"), `${stage.old[0].pid}\n`);
    const { child, exited } = launch([script, "2.0.0"], { env: environment(stage) });
    const lines = [];
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      stage.tell(`deploy.sh: ${line}`);
    }
    const { code } = await exited;
    stage.tell(`deploy.sh ended with exit code ${code}`);
    const why = lines.find((line) => /did not become ready|ended by itself|smoke test: (?!passed)|has stopped being ready/.test(line));
    return { outcome: outcomes[code] ?? "broken", why, exitCode: code };
  },
};
