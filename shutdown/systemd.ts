import { spawn } from "node:child_process";
import type { Health } from "probekit";
import { tell } from "./tell.js";

/** What tells systemd of the further steps. */
export interface SystemdNotifier {
  /** STOPPING=1: the drain has begun. READY=1 comes no more; WATCHDOG=1 goes on. */
  stopping(): void;
  /** The process is about to end: nothing is sent from now on. */
  end(): void;
}

/** How often the ready probe is asked until it passes. Results are reused in between, as for every prober. */
const askEveryMs = 500;

/** How long a timer of Node may be. */
const longestMs = 2_147_483_647;

/**
 * Tells systemd how the service does, where the unit asks for it (`Type=notify`, `WatchdogSec=`): READY=1 once ready is
 * healthy or degraded and `isListening` says so too, STOPPING=1, and WATCHDOG=1 at half of the watchdog's time for as long
 * as live is not unhealthy; a process whose event loop stands still sends none either. Without NOTIFY_SOCKET it does nothing.
 *
 * Node can't write to a datagram socket, so the program `systemd-notify` of the package systemd is run for each message.
 * The unit needs `NotifyAccess=all`, because the message comes from that child (root's may pass for the service's own). That
 * it fails is logged once. Nothing here holds the process.
 * Protocol: https://www.freedesktop.org/software/systemd/man/252/sd_notify.html
 */
export const notifySystemd = (health: Health, isListening: () => boolean = () => true): SystemdNotifier => {
  if (!process.env["NOTIFY_SOCKET"]) return { stopping: () => {}, end: () => {} };
  const send = sender(health);
  const giveUp = announceReady(health, isListening, () => send("READY=1"));
  const rest = keepAwake(health, () => send("WATCHDOG=1"));
  return {
    stopping: () => {
      giveUp();
      send("STOPPING=1");
    },
    end: () => {
      giveUp();
      rest();
    },
  };
};

const sender = (health: Health): ((message: string) => void) => {
  let hasFailed = false;
  return (message) =>
    run(message, (error) => {
      if (!hasFailed) tell(health, "warn", `systemd was not told ${message}: systemd-notify failed`, error);
      hasFailed = true;
    });
};

const run = (message: string, failed: (error: unknown) => void): void => {
  try {
    // With pipes to the child the process would wait for it.
    const child = spawn("systemd-notify", [message], { stdio: "ignore" });
    child.on("error", failed);
    child.on("exit", (code, signal) => code !== 0 && failed(new Error(`it ended with ${code ?? signal}`)));
    child.unref();
  } catch (error) {
    failed(error);
  }
};

const announceReady = (health: Health, isListening: () => boolean, announce: () => void): (() => void) => {
  const look = (): void => {
    if (ending.signal.aborted) return;
    const { status, lifecycle } = health.snapshot("ready");
    const isReady = status !== "unhealthy" && isListening();
    const isLeaving = lifecycle === "draining" || lifecycle === "closed";
    if (isReady || isLeaving) ending.abort();
    if (isReady) announce();
  };
  const ending = new AbortController();
  every(askEveryMs, ending.signal, async () => {
    if (isListening()) await health.report("ready");
    return look;
  });
  // Background checks and the application's own probes may be quicker than the next question.
  const off = [health.on("change", look), health.on("lifecycle", look)];
  ending.signal.addEventListener("abort", () => off.forEach((each) => each()));
  return () => ending.abort();
};

const keepAwake = (health: Health, beat: () => void): (() => void) => {
  const ending = new AbortController();
  const ms = watchdogMs(health);
  if (ms !== undefined) {
    every(ms, ending.signal, async () => {
      const { status } = await health.report("live");
      return status === "unhealthy" ? () => {} : beat;
    });
  }
  return () => ending.abort();
};

const watchdogMs = (health: Health): number | undefined => {
  const { WATCHDOG_USEC: usec, WATCHDOG_PID: pid } = process.env;
  if (!usec || (pid && Number(pid) !== process.pid)) return undefined;
  const half = Number(usec) / 2000;
  if (half > 0) return Math.min(half, longestMs);
  tell(health, "warn", `WATCHDOG_USEC is not a number of microseconds: ${usec}`);
  return undefined;
};

/** Asks at once and then time after time, never twice at once, and acts on the answer, until the signal is aborted. */
const every = (ms: number, signal: AbortSignal, ask: () => Promise<() => void>): void => {
  let timer: NodeJS.Timeout;
  const wait = (delayMs: number): void => void (timer = setTimeout(turn, delayMs).unref());
  const turn = async (): Promise<void> => {
    const from = performance.now();
    const act = await ask();
    if (!signal.aborted) act();
    if (!signal.aborted) wait(Math.max(0, ms - (performance.now() - from)));
  };
  wait(0);
  signal.addEventListener("abort", () => clearTimeout(timer));
};
