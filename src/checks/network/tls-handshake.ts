import { isIP } from "node:net";
import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import { underSignal } from "../shared/under-signal.js";

/** What a server is reached and verified by. */
export type Target = ConnectionOptions & { readonly host: string };

// An IP address is no server name: https://www.rfc-editor.org/rfc/rfc6066#section-3
const askedFor = (host: string): object => (isIP(host) === 0 ? { servername: host.replace(/\.$/, "") } : {});

const secured = (socket: TLSSocket): Promise<TLSSocket> =>
  new Promise((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket)).on("error", reject);
  });

/**
 * Shakes hands with a server that must prove its name, reads what is wanted of the connection, and ends it. What is
 * verified is verified in full: no session is resumed.
 */
export const handshake = async <T>(options: Target, signal: AbortSignal, read: (socket: TLSSocket) => T): Promise<T> => {
  signal.throwIfAborted();
  const socket = connect({ ...askedFor(options.host), ...options, rejectUnauthorized: true });
  try {
    const said = read(await underSignal(signal, secured(socket)));
    // Says goodbye first: one who only vanishes is an error in many a server's log.
    socket.destroySoon();
    return said;
  } catch (error) {
    socket.destroy();
    throw error;
  }
};
