import type { RealServer } from "./served.js";

const nothing = async (): Promise<void> => {};

/** What stands in the place of a server for a database that runs in this process: it can't be frozen, killed or cut off. */
export const inProcess = async (): Promise<RealServer> => ({
  port: 1,
  start: nothing,
  stop: nothing,
  kill: nothing,
  freeze: () => {},
  thaw: () => {},
  restore: nothing,
  remove: nothing,
});

const why = "it runs in this process";

/** The faults that such a database can't have. */
export const withoutServer = { refused: why, frozen: why, dark: why, reset: why, slow: why, restarted: why, password: why } as const;
