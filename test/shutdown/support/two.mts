// Two shutdowns in one process: one fails at once, the other takes its time.
import { createServer } from "node:http";
import { createHealth } from "probekit";
import { shutdownOnSignal } from "probekit/shutdown";

const quick = shutdownOnSignal(createHealth({ logger: false }));
quick.onShutdown("fails", () => {
  console.log("quick failed");
  throw new Error("no way");
});
const slow = shutdownOnSignal(createHealth({ logger: false }), [], { exit: process.env["MIXED"] !== "1" });
slow.onShutdown("slow", () => new Promise((resolve) => void setTimeout(resolve, 500)));

createServer().listen(0, "127.0.0.1", () => console.log(`ready ${process.pid}`));

// Who awaits the report may have some more to do.
const finish = async (): Promise<void> => {
  await slow.shutdown();
  for (let at = 0; at < 100; at++) await Promise.resolve();
  console.log("slow done");
};

process.once("SIGTERM", () => void finish());
