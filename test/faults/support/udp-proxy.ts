import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import type { Proxy } from "./proxy.js";

/** What a proxy does with what it is given. */
type Mode = "forward" | "dark" | "cut" | "slow";

/**
 * The same as {@link Proxy} for datagrams, before a real server. There is no connection to reset: half of a reply comes.
 * What was sent while it was dark is lost.
 */
export const udpProxyTo = async (target: number): Promise<Proxy> => {
  const asking = new Set<Socket>();
  let mode: Mode = "forward";
  let delayMs = 0;
  let accepted = 0;
  let server: Socket | undefined;
  const end = (upstream: Socket): void => {
    if (asking.delete(upstream)) upstream.close();
  };
  const reply = (data: Buffer, { port, address }: RemoteInfo): void => {
    const sent = mode === "cut" ? data.subarray(0, data.length >> 1) : data;
    const send = (): void => server?.send(sent, port, address);
    if (mode === "slow") setTimeout(send, delayMs);
    else if (mode !== "dark") send();
  };
  const forward = (data: Buffer, asker: RemoteInfo): void => {
    accepted += 1;
    if (mode === "dark") return;
    const upstream = createSocket("udp4");
    asking.add(upstream);
    upstream.on("error", () => end(upstream)).on("message", (answer) => {
      reply(answer, asker);
      end(upstream);
    });
    upstream.connect(target, "127.0.0.1", () => asking.has(upstream) && upstream.send(data));
  };
  const listen = async (port: number): Promise<Socket> => {
    const socket = createSocket("udp4", forward).bind(port, "127.0.0.1");
    await once(socket, "listening");
    return socket;
  };
  server = await listen(0);
  const { port } = server.address();
  const refuse = async (): Promise<void> => {
    for (const upstream of asking) end(upstream);
    server?.close();
    server = undefined;
  };
  return {
    port,
    get open() {
      return asking.size;
    },
    get accepted() {
      return accepted;
    },
    heal: async () => {
      mode = "forward";
      server ??= await listen(port);
    },
    darken: () => {
      mode = "dark";
    },
    resetReplies: () => {
      mode = "cut";
    },
    delayReplies: (ms) => {
      mode = "slow";
      delayMs = ms;
    },
    refuse,
    close: refuse,
  };
};
