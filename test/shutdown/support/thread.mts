// A worker thread that shuts itself down.
import { isMainThread, Worker } from "node:worker_threads";
import { createHealth } from "probekit";
import { shutdownOnSignal } from "probekit/shutdown";

if (isMainThread) {
  console.log(`ready ${process.pid}`);
  // A thread does not inherit tsx.
  const url = JSON.stringify(import.meta.url);
  const thread = new Worker(`import("tsx/esm/api").then(({ tsImport }) => tsImport(${url}, ${url}))`, { eval: true });
  thread.on("exit", (code) => {
    console.log(`thread ended with ${code}`);
    setTimeout(() => console.log("main goes on"), 50);
  });
} else {
  const { shutdown } = shutdownOnSignal(createHealth({ logger: ({ level, message }) => console.log(`${level}: ${message}`) }));
  setInterval(() => {}, 1000);
  void shutdown("the thread is done");
}
