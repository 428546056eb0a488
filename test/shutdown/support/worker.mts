// A worker without a server; its consumer holds the process where BUSY says so.
import { createHealth } from "probekit";
import { shutdownOnSignal } from "probekit/shutdown";

const health = createHealth({ logger: ({ level, message }) => console.log(`${level}: ${message}`) });
const { signal } = shutdownOnSignal(health);

if (process.env["BUSY"] !== undefined) {
  const consuming = setInterval(() => {}, 1000);
  signal.addEventListener("abort", () => {
    console.log("consumer stops");
    clearInterval(consuming);
  });
}
console.log(`ready ${process.pid}`);
