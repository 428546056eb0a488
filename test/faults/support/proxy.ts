import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** What a proxy does with what it is given. */
type Mode = "forward" | "dark" | "reset" | "slow";

/** A TCP proxy before a real server, on a free port of 127.0.0.1. */
export interface Proxy {
  readonly port: number;
  /** Connections through it that are open now. */
  readonly open: number;
  /** Connections it has accepted so far. */
  readonly accepted: number;
  /** Forwards again, listens again; what stood still while it was dark goes on. */
  heal(): Promise<void>;
  /** A black hole: it accepts connections, keeps them, and forwards nothing in either direction. */
  darken(): void;
  /** Resets every connection in the middle of the server's next reply, and each new one in that of its first. */
  resetReplies(): void;
  /** Holds each reply back this long, in milliseconds. */
  delayReplies(ms: number): void;
  /** Refuses: listens no longer, and resets what is open. */
  refuse(): Promise<void>;
  close(): Promise<void>;
}

/** One that tells its connections apart. */
export interface TcpProxy extends Proxy {
  /** Loses what the connections that are open now send, for good and in both directions; new ones are forwarded. */
  swallow(): void;
}

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  isSwallowed?: boolean;
}

/** Forwards to a port of 127.0.0.1. */
export const proxyTo = async (target: number): Promise<TcpProxy> => {
  const pairs = new Set<Pair>();
  let mode: Mode = "forward";
  let delayMs = 0;
  let accepted = 0;
  const cutPair = (pair: Pair): void => {
    pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.destroy();
  };
  const reply = (pair: Pair, data: Buffer): void => {
    if (pair.isSwallowed) return;
    if (mode === "slow") return void setTimeout(() => pair.client.write(data), delayMs);
    if (mode !== "reset") return void pair.client.write(data);
    pair.client.write(data.subarray(0, Math.max(1, data.length >> 1)), () => cutPair(pair));
    pair.server.pause();
  };
  const join = (client: Socket): void => {
    accepted += 1;
    const server = connect(target, "127.0.0.1");
    const pair: Pair = { client, server };
    pairs.add(pair);
    client.setNoDelay(true);
    server.setNoDelay(true);
    client.on("data", (data) => (pair.isSwallowed ? undefined : server.write(data)));
    server.on("data", (data) => reply(pair, data));
    client.on("end", () => server.end());
    server.on("end", () => (mode === "dark" || pair.isSwallowed ? undefined : setTimeout(() => client.end(), mode === "slow" ? delayMs : 0)));
    client.on("error", () => {}).on("close", () => end(pair));
    server.on("error", () => cutPair(pair));
    if (mode === "dark") hold(pair);
  };
  const end = (pair: Pair): void => {
    pairs.delete(pair);
    pair.server.destroy();
  };
  const hold = ({ client, server }: Pair): void => {
    client.pause();
    server.pause();
  };
  const server = createServer(join);
  const listen = async (port: number): Promise<void> => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const refuse = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, "close");
    server.close();
    for (const pair of pairs) cutPair(pair);
    await closed;
  };
  return {
    port,
    get open() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    heal: async () => {
      mode = "forward";
      for (const { client, server: behind } of pairs) {
        client.resume();
        behind.resume();
      }
      if (!server.listening) await listen(port);
    },
    darken: () => {
      mode = "dark";
      for (const pair of pairs) hold(pair);
    },
    swallow: () => {
      mode = "forward";
      for (const pair of pairs) {
        pair.isSwallowed = true;
        pair.client.resume();
        pair.server.resume();
      }
    },
    resetReplies: () => {
      mode = "reset";
    },
    delayReplies: (ms) => {
      mode = "slow";
      delayMs = ms;
    },
    refuse,
    close: refuse,
  };
};
