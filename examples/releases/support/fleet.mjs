import { startInstance } from "./instances.mjs";
import { waitUntilReady } from "./probekit.mjs";

/**
 * The processes of the service, each on a port of its own.
 * @param ports those that the balancer knows
 * @param settings `drainDelayMs`, `withoutShutdown`, `readyWithinMs`, and `tell` for what is worth a line
 */
export const openFleet = (ports, { drainDelayMs, withoutShutdown, readyWithinMs, tell }) => {
  const used = new Set();
  const leaving = [];

  const freePort = () => ports.find((port) => !used.has(port));

  const leave = async (instance) => {
    const how = await instance.stop();
    tell(`${instance.version} on ${instance.port} has ended: ${how}`);
  };
  return {
    freePort,
    /** Starts a process, on a port that none has unless one is named. */
    start: (version, { fault, port = freePort() } = {}) => {
      used.add(port);
      const instance = startInstance({ version, port, fault, drainDelayMs, withoutShutdown });
      void instance.ended.then(() => used.delete(port));
      return instance;
    },
    /** Waits until it is ready. @returns `undefined`, or why it is not */
    ready: (instance) => waitUntilReady(instance, readyWithinMs),
    /** Stops processes without waiting for them: they drain beside what comes next. */
    leave: (...instances) => void leaving.push(...instances.map(leave)),
    /** Waits until all that were told to leave have ended. */
    allLeft: () => Promise.all(leaving),
  };
};
