import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";

/** Servers that somebody else starts, and that are found while the process runs: what {@link nextServer} returns. */
export interface FoundServers {
  /**
   * Searches, and hands on each server once, before the request that gave it away reaches any of its own listeners: a
   * listener of `"request"` that is prepended now hears that one too. Returns what ends the search. A search holds nothing
   * open, and none of it throws but what `found` throws.
   */
  readonly search: (found: (server: Server) => void) => () => void;
}

/** Node publishes here before it emits `"request"`: https://nodejs.org/api/diagnostics_channel.html#http */
const channel = "http.server.request.start";

/**
 * The server that Next started, for `shutdownOnSignal` in Next's `instrumentation.ts`, where nobody hands it over. It is
 * found by the first request that it gets, a probe's at the latest, and counts as listening until then; every other HTTP
 * server of the process that is asked anything is found and shut down with it. It needs `NEXT_MANUAL_SIG_HANDLE=true` in
 * the real environment (a `.env` file is read too late): without it Next itself stops listening at once on the signal, and
 * no probe ever sees the drain. Node's own channel tells of servers for HTTP/1.x, TLS or not, and not of HTTP/2.
 * @example
 * export async function register() {
 *   if (process.env.NEXT_RUNTIME !== "nodejs") return;
 *   const { nextServer, shutdownOnSignal } = await import("probekit/shutdown");
 *   const { health } = await import("./lib/health");
 *   shutdownOnSignal(health, nextServer());
 * }
 */
export const nextServer = (): FoundServers => ({ search });

const search: FoundServers["search"] = (found) => {
  const known = new WeakSet<Server>();
  const look = (message: unknown): void => {
    const { server } = message as { readonly server: Server };
    if (known.has(server)) return;
    known.add(server);
    found(server);
  };
  subscribe(channel, look);
  return () => void unsubscribe(channel, look);
};

/** Whether it is what {@link nextServer} returns. */
export const isFoundServers = (value: unknown): value is FoundServers =>
  typeof value === "object" && value !== null && typeof (value as Partial<FoundServers>).search === "function";
