import type { Socket } from "node:net";
import type { Health, Report } from "probekit";
import { checkHealth, knownOptions, refuse } from "./shared/adapter-options.js";

/** Options of {@link haproxyAgent}; `undefined` means the default. */
export interface HaproxyAgentOptions {
  /**
   * The weight while degraded, in percent of the one that HAProxy is configured with: a whole number from 1 to 100, or a
   * function of the ready report that says it, such as one that reads a check's `data` and says how loaded the process is.
   * What a function says is rounded and brought within 1 to 100; when it throws or says anything but a number, be it a
   * promise of one, the default counts.
   * 0 is not allowed: it would take every replica out at once when a dependency that they share is slow.
   * HAProxy changes no weight but to 0 % and 100 % where `balance` is static (`static-rr`, `source` without `hash-type consistent`).
   * @default 50
   */
  readonly degradedWeight?: number | ((report: Report) => number) | undefined;
}

/** HAProxy keeps 128 bytes of a description, its own words included. */
const longestReason = 100;

/** How long a client may hold its end of a connection open once it is answered. */
const lingerMs = 1000;

/**
 * Beyond these the connection that lingers longest after its answer is cut; where all wait for theirs, the new one is
 * closed unanswered, which HAProxy takes for no change.
 */
const mostOpen = 256;

const defaultWeight = 50;

/**
 * Answers HAProxy's agent checks: a connection listener for `net.createServer`. Each connection gets one line of the
 * ready report, whatever it sends (`agent-send` is ignored), and ends; HAProxy need not parse HTTP and learns more than up and down:
 *
 * | ready | line |
 * |---|---|
 * | healthy | `ready up 100%` |
 * | degraded | `ready up 50%`, or what `degradedWeight` says |
 * | unhealthy | `down #database, redis`: the names of the causes, or `starting` |
 * | draining, closed | `drain`: no new traffic, sessions and persistent clients stay |
 *
 * `ready` belongs to it, because a drained server takes traffic again only when it hears that, from the process that
 * replaces this one. It also ends what an operator set by `set server … state maint`: say `disable agent backend/server`
 * before. An agent that can't be reached changes nothing, so keep a `check` beside it for a process that dies, and an
 * `agent-inter` over the health's `deadlineMs`.
 * Protocol: https://docs.haproxy.org/2.6/configuration.html#5.2-agent-check
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * net.createServer(haproxyAgent(health)).listen(3001);
 * // server app1 10.0.0.1:3000 check agent-check agent-port 3001 agent-inter 2s
 */
export const haproxyAgent = (health: Health, options?: HaproxyAgentOptions): ((socket: Socket) => void) => {
  checkHealth(health);
  const weightOf = degradedWeightOf(options);
  let open = 0;
  const lingering = new Set<Socket>();
  const serve = async (socket: Socket): Promise<void> => {
    const line = lineOf(await health.report("ready"), weightOf);
    if (socket.destroyed) return;
    lingering.add(socket);
    answer(socket, `${line}\n`);
  };
  return (socket) => {
    socket.on("error", () => {});
    if (open >= mostOpen && !cutOldest(lingering)) return void socket.destroy();
    open += 1;
    socket.on("close", () => {
      open -= 1;
      lingering.delete(socket);
    });
    receive(socket);
    void serve(socket);
  };
};

/** Makes room; says whether there was anything to cut. */
const cutOldest = (lingering: Set<Socket>): boolean => {
  const [oldest] = lingering;
  if (oldest === undefined) return false;
  lingering.delete(oldest);
  oldest.destroy();
  return true;
};

const degradedWeightOf = (options: HaproxyAgentOptions | undefined): ((report: Report) => number) => {
  const { degradedWeight = defaultWeight } = knownOptions("haproxyAgent", options, ["degradedWeight"]);
  if (typeof degradedWeight === "function") return (report) => asked(degradedWeight, report);
  const isPercent = Number.isInteger(degradedWeight) && degradedWeight >= 1 && degradedWeight <= 100;
  return isPercent ? () => degradedWeight : refuse("degradedWeight", "a whole number from 1 to 100, or a function", degradedWeight);
};

const asked = (degradedWeight: (report: Report) => unknown, report: Report): number => {
  try {
    const said = degradedWeight(report);
    // A promise is no number, and its rejection nobody else's.
    if (typeof said === "object") Promise.resolve(said).catch(() => {});
    return typeof said === "number" && !Number.isNaN(said) ? Math.min(100, Math.max(1, Math.round(said))) : defaultWeight;
  } catch {
    return defaultWeight;
  }
};

// A client may end its half before it has read the answer, and what it sent has to be read: a socket that is closed over
// unread bytes resets the connection, and the answer may be lost with it.
const receive = (socket: Socket): void => {
  socket.allowHalfOpen = true;
  socket.resume();
};

const answer = (socket: Socket, line: string): void => {
  const linger = setTimeout(() => socket.destroy(), lingerMs).unref();
  socket.on("close", () => clearTimeout(linger));
  socket.end(line);
};

const lineOf = (report: Report, weightOf: (report: Report) => number): string => {
  if (report.lifecycle === "draining" || report.lifecycle === "closed") return "drain";
  if (report.status === "unhealthy") return `down #${reasonOf(report)}`;
  return `ready up ${report.status === "degraded" ? weightOf(report) : 100}%`;
};

const reasonOf = ({ causes, lifecycle }: Report): string => {
  const reason = causes.length > 0 ? causes.join(", ") : lifecycle;
  return reason.length > longestReason ? `${reason.slice(0, longestReason - 3)}...` : reason;
};
