// Runs in a process of its own that may have few descriptors open: what the checks say before, while none is left, and after.
import { closeSync, openSync } from "node:fs";
import { tmpdir } from "node:os";
import { directoryCheck } from "probekit/checks/directory";
import { fileDescriptorsCheck } from "probekit/checks/file-descriptors";
import { rssCheck } from "probekit/checks/rss";
import { runCheck } from "probekit/testing";

const checks = {
  descriptors: fileDescriptorsCheck(),
  strict: fileDescriptorsCheck({ errorAt: 0.95 }),
  memory: rssCheck({ limitBytes: 2 ** 50 }),
  directory: directoryCheck(tmpdir()),
};

const say = async (): Promise<void> => {
  const said: Record<string, unknown> = {};
  for (const [name, check] of Object.entries(checks)) said[name] = await runCheck(check, { timeoutMs: 20_000 });
  console.log(JSON.stringify(said));
};

await say();
const held: number[] = [];
try {
  for (;;) held.push(openSync("/dev/null", "r"));
} catch {
  await say();
}
for (const descriptor of held) closeSync(descriptor);
await say();
