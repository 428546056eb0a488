import { setMaxListeners } from "node:events";
import type { Health } from "probekit";
import { together } from "./closing.js";
import { closingOf } from "./kinds.js";
import { nextServer } from "./next-server.js";
import { newOnce, type Once } from "./once.js";
import { hookOf, settingsOf, type Settings } from "./settings.js";
import { surroundings } from "./surroundings.js";
import { notifySystemd } from "./systemd.js";
import { checkHealth, tell } from "./tell.js";
import type { Course } from "./timeline.js";
import { isFromTerminal, onSignals, onUncaught } from "./triggers.js";
import type { Shutdown, ShutdownOptions, Stoppable } from "./types.js";

export type { Shutdown, ShutdownHook, ShutdownOptions, ShutdownReport, ShutdownRun, Stoppable } from "./types.js";
export { nextServer };

/**
 * Ends a service on SIGTERM without losing a request. From the signal on:
 *
 * | when | what |
 * |---|---|
 * | at once | `health.drain()`, `signal` is aborted, every answer of HTTP/1.x says `Connection: close` |
 * | for `drainDelayMs` | everything is served, on old connections and on new ones |
 * | then | no more listening; idle connections are closed, HTTP/2 sessions told GOAWAY, WebSockets (of ws) 1001; requests in flight end |
 * | then | `health.close()`, Fastify's onClose, hooks in reverse order, each within its limit |
 * | then, or after `timeoutMs` | what is left is cut and named in the log; stdout and stderr are written out; exit code 0, or 1 |
 *
 * While hooks are registered, requests are cut when a fifth of `timeoutMs` is left. Connections that nobody uses are cut a
 * second after listening ended, and are nothing unfinished. A second signal (after 100 ms, SIGINT after 250: npm and terminals send the same
 * one twice) ends the process at once with 1. Before the signal a request costs nothing, and nothing holds the process.
 * Call it before the server listens: sessions of HTTP/2 that it has already are not known.
 * @param server what listens, or several; none for a worker
 * @throws HealthError naming the health, the server or the option that is not valid
 * @example
 * const server = http.createServer(app);
 * const { signal, onShutdown } = shutdownOnSignal(health, server);
 * onShutdown("database", () => pool.end());
 * server.listen(3000);
 */
export const shutdownOnSignal = (
  health: Health,
  server?: Stoppable | readonly Stoppable[] | undefined,
  options?: ShutdownOptions,
): Shutdown => {
  checkHealth(health);
  const settings = settingsOf(options);
  const given: readonly Stoppable[] = server === undefined ? [] : [server].flat();
  const course = courseOf(health, settings, given);
  const once = newOnce(course, () => deafen());
  const deafen = listen(course, once);
  setImmediate(() => surroundings(given).forEach((warning) => tell(health, "warn", warning))).unref();
  return {
    // It is often handed over as a listener, which gets something else.
    shutdown: (reason: unknown) => once.begin({ reason: typeof reason === "string" ? reason : "shutdown()", delayMs: delayOf(course) }),
    onShutdown: (name, run, hookOptions) => addHook(course, once, hookOf(name, run, hookOptions, settings.hookTimeoutMs)),
    signal: course.begun.signal,
  };
};

const courseOf = (health: Health, settings: Settings, given: readonly Stoppable[]): Course => {
  const closings = given.map(closingOf);
  const servers = together(closings);
  const begun = new AbortController();
  // Every streaming answer may listen to it.
  setMaxListeners(0, begun.signal);
  return {
    health,
    settings,
    servers,
    hooks: [...settings.hooks],
    rest: closings.flatMap(({ rest }) => (rest === undefined ? [] : { name: rest.name, run: rest.ended, timeoutMs: settings.hookTimeoutMs })),
    begun,
    systemd: notifySystemd(health, given.length === 0 ? undefined : servers.isListening),
  };
};

const delayOf = ({ servers, settings }: Course): number => (servers.isListening() ? settings.drainDelayMs : 0);

const addHook = ({ health, hooks }: Course, once: Once, hook: Course["hooks"][number]): (() => void) => {
  if (once.isOver()) tell(health, "warn", `hook ${JSON.stringify(hook.name)} came after the shutdown and is not run`);
  hooks.push(hook);
  return () => {
    const at = hooks.indexOf(hook);
    if (at >= 0) hooks.splice(at, 1);
  };
};

const listen = (course: Course, once: Once): (() => void) => {
  const { settings } = course;
  const offSignals = onSignals(settings.signals, {
    first: (signal) => void once.begin({ reason: signal, delayMs: isFromTerminal(signal) ? 0 : delayOf(course) }),
    again: (signal) => once.breakOff(`a second ${signal}`),
  });
  const offUncaught = settings.uncaught ? onUncaught((what, error) => failed(course, once, what, error)) : () => {};
  return () => {
    offSignals();
    offUncaught();
  };
};

/** More of what nobody caught is not told: what tells of it may be what fails. */
const mostTold = 10;

const failed = ({ health }: Course, once: Once, what: string, error: unknown): void => {
  const told = once.fail(what);
  if (told <= mostTold) tell(health, "error", `${what}${once.isUnderway() ? " during the shutdown" : "; the service shuts down"}`, error);
  void once.begin({ reason: what, delayMs: 0 });
};
