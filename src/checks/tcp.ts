import { connect, type Socket } from "node:net";
import { HealthError, type Check, type CheckOutcome } from "probekit";
import { described } from "./shared/duck.js";
import { greetingBytes, greetingOf, type Greeting, type GreetingMatch } from "./network/greeting.js";
import { hostOf, portOf } from "./network/host.js";
import { networkFailureOf } from "./network/network-failure.js";
import { optionsOf } from "./shared/options.js";
import { sharedLookup } from "./network/shared-lookup.js";
import { underSignal } from "./shared/under-signal.js";

/** Options of {@link tcpCheck}; `undefined` always means the default. */
export interface TcpCheckOptions {
  /**
   * What the server must send: the string or bytes that it begins with, or a RegExp that its first line matches, once it has ended
   * (as UTF-8, without its end). 1 to 4096 bytes; what comes after 4096 is not looked at.
   * @default none: a connection that opens is enough
   * @example "220 " // SMTP and FTP
   */
  readonly expect?: Greeting | undefined;
  /** What is sent as soon as the connection is open; needs `expect`. @default nothing */
  readonly send?: string | undefined;
}

/**
 * Opens a TCP connection, reads the server's greeting where one is expected, and destroys the connection.
 *
 * Without `expect` it says that the port is open, and no more: the kernel of a server that hangs goes on accepting
 * connections, and so does a proxy whose server is gone. A host name is looked up at every run, /etc/hosts included, and
 * its addresses are tried as Node tries them (`autoSelectFamily`). For a server that your application has a client of,
 * that client's own check asks more and opens no connection of its own.
 * @param host a name or an IP address
 * @param port 1 to 65535
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("smtp", tcpCheck("mail.internal", 25, { expect: "220 " }), { critical: false });
 * @example health.register("cache", tcpCheck("cache.internal", 11211, { send: "version\r\n", expect: "VERSION " }));
 */
export const tcpCheck = (host: string, port: number, options?: TcpCheckOptions): Check => {
  const target = { host: hostOf("tcpCheck", host), port: portOf("tcpCheck", port), lookup: sharedLookup() };
  const dialogue = dialogueOf(optionsOf("tcpCheck", options, ["expect", "send"]));
  return async ({ signal }) => {
    signal.throwIfAborted();
    const socket = connect(target);
    try {
      return await underSignal(signal, heard(socket, dialogue));
    } catch (error) {
      throw signal.aborted ? error : networkFailureOf(error);
    } finally {
      socket.destroy();
    }
  };
};

interface Dialogue {
  readonly send: string | undefined;
  readonly matches: GreetingMatch | undefined;
}

const dialogueOf = ({ expect, send }: TcpCheckOptions): Dialogue => {
  const matches = expect === undefined ? undefined : greetingOf(expect);
  if (send === undefined) return { send, matches };
  if (typeof send !== "string" || send === "") {
    throw new HealthError("invalid-option", `send must be a string that is not empty; got ${send === "" ? "an empty one" : described(send)}`);
  }
  if (matches === undefined) throw new HealthError("invalid-option", "send needs expect: without it nobody waits for the answer");
  return { send, matches };
};

const heard = (socket: Socket, { send, matches }: Dialogue): Promise<CheckOutcome> =>
  new Promise((resolve, reject) => {
    let received = Buffer.alloc(0);
    const onData = (data: Buffer): void => {
      received = Buffer.concat([received, data]).subarray(0, greetingBytes);
      const is = matches?.(received);
      if (is !== undefined) resolve(is ? undefined : unexpected);
    };
    socket.once("connect", () => {
      if (matches === undefined) resolve(undefined);
      if (send !== undefined) socket.write(send);
    });
    socket.on("data", onData).on("end", () => resolve(received.length > 0 && matches?.(received, true) === true ? undefined : ended)).on("error", reject);
  });

const unexpected: CheckOutcome = { status: "error", message: "the server's answer is not the expected one" };
const ended: CheckOutcome = { status: "error", message: "connection lost: the server closed it before it had answered" };
