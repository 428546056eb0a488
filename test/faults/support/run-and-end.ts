// Runs in a process of its own, which must end by itself.
import { tmpdir } from "node:os";
import type { Check } from "probekit";
import { directoryCheck } from "probekit/checks/directory";
import { diskCheck } from "probekit/checks/disk";
import { eventLoopCheck } from "probekit/checks/event-loop";
import { fileCheck } from "probekit/checks/file";
import { fileDescriptorsCheck } from "probekit/checks/file-descriptors";
import { heapCheck } from "probekit/checks/heap";
import { rssCheck } from "probekit/checks/rss";
import { runCheck } from "probekit/testing";

const checks: Check[] = [
  eventLoopCheck(),
  heapCheck({ warnAt: 1 }),
  rssCheck({ warnAt: 1 }),
  fileDescriptorsCheck({ warnAt: 1 }),
  diskCheck(tmpdir(), { warnAt: 1 }),
  directoryCheck(tmpdir()),
  fileCheck(process.execPath),
];

const said: string[] = [];
for (const check of checks) said.push((await runCheck(check, { timeoutMs: 20_000 })).status);
console.log(said.join(" "));
