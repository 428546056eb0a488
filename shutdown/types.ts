import type { FoundServers } from "./next-server.js";

/**
 * What can be shut down, told by its shape: a server of `node:http`, `node:https`, `node:http2` or `node:net`, a Fastify
 * instance, a `WebSocketServer` of ws, or what `nextServer()` returned. Express and Koa hand over what `listen()` returned.
 */
export type Stoppable = { close(): unknown } | FoundServers;

/** What a hook does: it gets the reason, such as `"SIGTERM"`, and may take a promise's time. */
export type ShutdownRun = (reason: string) => unknown;

/** What is to be done once no request is left, such as closing a pool. */
export type ShutdownHook =
  | ShutdownRun
  | {
      /** What the log calls it. */
      readonly name: string;
      readonly run: ShutdownRun;
      /** How long the shutdown waits for it. 1 to 2147483647. @default hookTimeoutMs */
      readonly timeoutMs?: number | undefined;
    };

/** Options of `shutdownOnSignal`; `undefined` always means the default. */
export interface ShutdownOptions {
  /** The signals that begin it; a second one ends the process at once. `[]`: only `shutdown()` begins it. @default ["SIGTERM", "SIGINT"] */
  readonly signals?: readonly NodeJS.Signals[] | undefined;
  /**
   * How long everything is served as before while ready is unhealthy, from the signal: at least what the slowest balancer
   * needs to hear of it (its interval × failures + timeout). None where no server listens, nor on SIGINT from a terminal,
   * nor on an uncaught error. 0 to 2147483647. @default 5000
   */
  readonly drainDelayMs?: number | undefined;
  /**
   * All the time there is, from the signal, hooks included; keep it 2 s under what the platform grants (30 s in Kubernetes).
   * Greater than `drainDelayMs`, to 2147483647. @default 25000
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Whether ready is unhealthy from the signal on. `false`: only from when the server stops listening, which keeps
   * Kubernetes' last resort alive that sends requests to terminating pods when a Service has no other.
   * @default true
   */
  readonly failReady?: boolean | undefined;
  /** How long the shutdown waits for a hook without a limit of its own. 1 to 2147483647. @default 5000 */
  readonly hookTimeoutMs?: number | undefined;
  /** Hooks, run one after the other, the last one first. @default none */
  readonly onShutdown?: ShutdownHook | readonly ShutdownHook[] | undefined;
  /** Whether an uncaught exception or an unhandled rejection is logged and begins a shutdown without delay, exit code 1. @default false */
  readonly uncaught?: boolean | undefined;
  /** Whether the process is ended when all is done. `false`: that is the caller's affair. @default true */
  readonly exit?: boolean | undefined;
}

/** How a shutdown went. */
export interface ShutdownReport {
  /** The signal, or what `shutdown()` was given. */
  readonly reason: string;
  /** 0 when everything was finished. */
  readonly exitCode: 0 | 1;
  readonly tookMs: number;
  /** What did not finish, or failed: `2 requests in flight (GET /slow)`, `hook "database" (5000 ms)`. */
  readonly unfinished: readonly string[];
}

/** What `shutdownOnSignal` returns. */
export interface Shutdown {
  /** Begins the shutdown, as a signal would. Never rejects; every call gets the same promise. @param reason default `"shutdown()"` */
  shutdown(reason?: string): Promise<ShutdownReport>;
  /**
   * Adds a hook, which runs before those added earlier. Returns a function that takes it back.
   * @throws HealthError for a name, function or limit that is not valid
   */
  onShutdown(name: string, run: ShutdownRun, options?: { readonly timeoutMs?: number | undefined }): () => void;
  /** Aborted when the shutdown begins: what streaming answers and queue consumers listen to. */
  readonly signal: AbortSignal;
}
