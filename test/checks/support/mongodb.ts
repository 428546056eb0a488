import { EventEmitter } from "node:events";
import type { MongoClientInstance } from "probekit/checks/mongodb";

interface Ping {
  resolve(answer: object): void;
  reject(error: Error): void;
  readonly signal: AbortSignal;
}

/** One server as the driver's monitors describe it. */
export interface FakeServer {
  readonly type: string;
  readonly error?: Error | null;
  /** How many connections of its pool are lent, and who waits for one. */
  readonly used?: number;
  readonly waiting?: number;
}

/** What the driver has found out. */
export interface FakeTopology {
  readonly type: string;
  readonly servers: readonly FakeServer[];
  readonly destroyed?: boolean;
}

/** A `MongoClient` by its shape, without a MongoDB: for what the check makes of answers that no server is here to give. */
export interface FakeMongo {
  readonly client: MongoClientInstance & EventEmitter;
  /** Pings that are not answered yet, when `answers` is false. */
  readonly pings: Ping[];
  readonly asked: unknown[][];
  readonly connects: number;
  answers: boolean;
  /** How many microtasks the driver takes to give up a ping that was taken back. */
  slowness: number;
  /** `undefined`: never connected, or closed. */
  topology: FakeTopology | undefined;
}

const maxPoolSize = 2;

const poolOf = ({ used = 0, waiting = 0 }: FakeServer): object => ({
  options: { maxPoolSize },
  totalConnectionCount: used,
  availableConnectionCount: 0,
  pendingConnectionCount: 0,
  waitQueueSize: waiting,
});

const topologyOf = ({ type, servers, destroyed = false }: FakeTopology): object => {
  const described = servers.map((server, index) => [`mongo${index}.internal:27017`, server] as const);
  const pooled = described.map(([address, server]) => [address, { description: server, pool: poolOf(server) }] as const);
  return { isDestroyed: () => destroyed, description: { type, servers: new Map(described) }, s: { servers: new Map(pooled) } };
};

export const primary: FakeServer = { type: "RSPrimary" };

export const upAndWell: FakeTopology = { type: "ReplicaSetWithPrimary", servers: [primary, { type: "RSSecondary" }] };

/** @param knowsSignals whether it gives up a command whose signal aborts: the driver from version 6.13 on */
export const fakeMongo = ({ knowsSignals = true } = {}): FakeMongo => {
  const pings: Ping[] = [];
  const asked: unknown[][] = [];
  const state = { answers: true, slowness: 0, connects: 0, topology: upAndWell as FakeTopology | undefined };
  const ask = (signal: AbortSignal): Promise<object> =>
    new Promise((resolve, reject) => {
      const ping = { resolve, reject, signal };
      pings.push(ping);
      const onAbort = async (): Promise<void> => {
        for (let turn = 0; turn < state.slowness; turn++) await undefined;
        pings.splice(pings.indexOf(ping), 1);
        reject(signal.reason as Error);
      };
      if (knowsSignals) signal.addEventListener("abort", onAbort, { once: true });
    });
  const command = (...given: [object, { signal: AbortSignal }]): Promise<object> => {
    asked.push(given);
    return state.answers ? Promise.resolve({ ok: 1 }) : ask(given[1].signal);
  };
  const methods = {
    db: () => ({ command }),
    startSession: () => ({}),
    connect: async () => {
      state.connects += 1;
      state.topology = upAndWell;
    },
  };
  const client = Object.assign(new EventEmitter(), methods);
  Object.defineProperty(client, "topology", { get: () => state.topology && topologyOf(state.topology) });
  return Object.assign(state, { client, pings, asked });
};
