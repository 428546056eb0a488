import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, onTestFinished } from "vitest";

/** One connection, as a client sees it. */
export interface Line {
  readonly socket: Socket;
  /** Sends a request of HTTP/1.1 without a body. */
  ask(path: string, headers?: Readonly<Record<string, string>>): void;
  write(text: string): void;
  /** What came back so far. */
  got(): string;
  /** Waits until this came back. */
  heard(text: string): Promise<void>;
  isOpen(): boolean;
  /** Waits until the server has closed it. */
  closed(): Promise<void>;
}

/** Waits for a state, as long as the test may take. */
export const becomes = <T>(of: () => T | Promise<T>, value: Awaited<T>, message = "it"): Promise<void> =>
  expect.poll(of, { timeout: 20_000, interval: 5, message }).toEqual(value) as unknown as Promise<void>;

/** What a client of HTTP/1.1 sends. */
export const request = (path: string, headers: Readonly<Record<string, string>> = {}): string =>
  [`GET ${path} HTTP/1.1`, "Host: localhost", ...Object.entries(headers).map((pair) => pair.join(": ")), "", ""].join("\r\n");

/** A connection of its own. */
export const lineTo = async (port: number, socket: Socket = connect(port, "127.0.0.1")): Promise<Line> => {
  let text = "";
  let isOpen = true;
  // Byte by byte: WebSockets' frames are no text.
  socket.setEncoding("latin1").on("data", (piece: string) => (text += piece));
  socket.on("error", () => {});
  socket.on("close", () => (isOpen = false));
  onTestFinished(() => void socket.destroy());
  await once(socket, "connect");
  const write = (sent: string): void => void socket.write(sent);
  return {
    socket,
    ask: (path, headers) => write(request(path, headers)),
    write,
    got: () => text,
    heard: async (part) => expect.poll(() => text, { timeout: 20_000, interval: 5 }).toContain(part),
    isOpen: () => isOpen,
    closed: () => becomes(() => isOpen, false, "the connection is open"),
  };
};
