// A service of node:http whose behaviour the environment chooses.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHealth } from "probekit";
import { httpHealth } from "probekit/http";
import { shutdownOnSignal } from "probekit/shutdown";

const { env } = process;

const number = (name: string): number | undefined => (env[name] === undefined ? undefined : Number(env[name]));

const written = "x".repeat(number("WRITE") ?? 0);

// Unlike console.log, the stream itself tells that its reader is gone.
const print = env["LOG"] === "stream" ? (line: string) => void process.stdout.write(`${line}\n`) : console.log;

const health = createHealth({ logger: ({ level, message, error }) => print(`${level}: ${message}${error ? ` (${error.message})` : ""}`) });

const server = createServer(
  httpHealth(health, {
    next: (request, response) => {
      console.log(`got ${request.url}`);
      if (request.url === "/hello") response.end("hello\n");
    },
  }),
);
server.keepAliveTimeout = 600_000;

const { onShutdown, signal } = shutdownOnSignal(health, server, {
  drainDelayMs: number("DELAY_MS"),
  timeoutMs: number("TIMEOUT_MS"),
  uncaught: env["UNCAUGHT"] === "1",
});

signal.addEventListener("abort", () => console.log("told"));

onShutdown("first", () => process.stdout.write(`${written}hook first\n`));
if (env["HOOK"] === "hangs") onShutdown("hangs", () => console.log("hook hangs") ?? new Promise(() => {}));
if (env["HOOK"] === "throws") {
  onShutdown("throws", () => {
    throw new Error("no way");
  });
}
if (env["HOOK"] === "listens") onShutdown("listens", () => new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve)));
onShutdown("last", () => console.log("hook last"));

process.on("exit", (code) => console.log(`exit ${code}`));
if (env["EXIT"] === "throws") {
  process.on("exit", () => {
    throw new Error("no way out");
  });
}
if (env["EXIT"] === "3") process.exitCode = 3;

process.on("SIGUSR2", () => {
  if (env["FAIL"] === "rejects") void Promise.reject(new Error("nobody caught it"));
  else if (env["FAIL"] === "throws") throw new Error("nobody caught it");
});

const ready = (): void => console.log(`ready ${process.pid} ${(server.address() as AddressInfo | null)?.port ?? ""}`);

if (env["STARTUP"] === undefined) server.listen(0, "127.0.0.1", ready);
else {
  // What it starts with takes longer than any test.
  setTimeout(() => {}, 600_000);
  ready();
}
