/** Something that is still in use when a server should be gone. */
export interface Open {
  readonly what: "request" | "WebSocket" | "upgraded connection" | "connection";
  /** What tells it from others: the same thing may be known to two servers. */
  readonly of: object;
  /** `GET /orders`, of a request. */
  readonly name?: string;
}

/** One server on its way out. None of it throws. */
export interface Closing {
  isListening(): boolean;
  /** From now on every answer of HTTP/1.x says `Connection: close`. */
  drain(): void;
  /**
   * Stops listening, and ends every connection as it falls idle. `left` is called when none is left.
   * A server that begins to listen later is closed as well.
   */
  stop(left: () => void): void;
  /** What is in use now. */
  open(): readonly Open[];
  /** Ends every connection, whatever it does. */
  cut(): void;
  /** What has to end besides the connections, such as Fastify's onClose hooks; undefined when there is nothing. */
  readonly rest?: { readonly name: string; ended(): Promise<unknown> };
}

/** Several servers as one. */
export const together = (all: readonly Closing[]): Closing => ({
  isListening: () => all.some((each) => each.isListening()),
  drain: () => all.forEach((each) => each.drain()),
  stop: (left) => {
    let open = all.length;
    if (open === 0) left();
    for (const each of all) each.stop(() => --open === 0 && left());
  },
  open: () => all.flatMap((each) => each.open()),
  cut: () => all.forEach((each) => each.cut()),
});
