import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import type { CheckReport, Health } from "probekit";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { freePort } from "../../support/real/served.js";
import { attempt, compare, expected, faults, healthOf, run, type Cell, type Fault, type Finding, type Row, type Subject } from "./matrix.js";

/** The faults that need no server: nobody listens, a listener that answers nothing, one that resets at the first bytes. */
const unseenFaults = ["refused", "dark", "reset"] as const;

type UnseenFault = (typeof unseenFaults)[number];

/** A row whose server can't run here: its real driver, and no cell in which something answers. */
export interface UnseenRow extends Pick<Row, "name" | "against" | "timeoutMs" | "connect"> {
  /** Why `up` was not seen: `no MongoDB here`. */
  readonly why: string;
  /** Where a cell differs from {@link expected}. */
  readonly cells?: Partial<Record<UnseenFault, Cell>>;
}

/** Something on a port of 127.0.0.1 that is no server. */
interface Nobody {
  readonly port: number;
  /** Connections it has accepted so far. */
  readonly accepted: number;
  close(): Promise<unknown>;
}

const nobody = async (): Promise<Nobody> => ({ port: await freePort(), accepted: 0, close: async () => {} });

const listener = async (onConnection: (socket: Socket) => void): Promise<Nobody> => {
  const sockets = new Set<Socket>();
  let accepted = 0;
  const server = createServer((socket) => {
    accepted += 1;
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = (): Promise<unknown> => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    return closed;
  };
  const { port } = server.address() as AddressInfo;
  return {
    port,
    get accepted() {
      return accepted;
    },
    close,
  };
};

/** What stands where the server should be. */
export const listeners: Record<UnseenFault, () => Promise<Nobody>> = {
  refused: nobody,
  dark: () => listener((socket) => socket.resume()),
  reset: () => listener((socket) => socket.once("data", () => socket.resetAndDestroy())),
};

/** How many sockets the process has open, or is opening. */
export const openSockets = (): number => process.getActiveResourcesInfo().filter((name) => /^(?:TCP|TLS)/.test(name)).length;

/**
 * Puts one check, on its real driver, through the faults that need no server: each cell asserts the status, the reason,
 * the kind of failure that the message names, the time it took, that a second run says the same, and that no socket is
 * left when the application has closed its client. Of all other faults it tells that they were not seen.
 */
export const unseenRow = (row: UnseenRow): void => {
  const timeoutMs = row.timeoutMs ?? 500;
  const cellOf = (fault: UnseenFault): Cell => row.cells?.[fault] ?? expected[fault];
  const common = (fault: Fault): Pick<Finding, "row" | "against" | "fault"> => ({ row: row.name, against: row.against, fault });
  const isUnseen = (fault: Fault): boolean => !(unseenFaults as readonly Fault[]).includes(fault);
  const untold = faults.filter(isUnseen).map((fault): Finding => ({ ...common(fault), without: `up was not seen: ${row.why}` }));
  const found = (fault: UnseenFault, retries: number, { status, reason, message, latencyMs }: CheckReport): Finding[] => {
    const seen = { ...common(fault), status, reason, message, tookMs: Math.round(latencyMs ?? 0), attempt: retries + 1 };
    return fault === unseenFaults[0] ? [seen, ...untold] : [seen];
  };

  describe(`${row.name} on ${row.against}`, () => {
    const open: { close(): unknown }[] = [];
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown): number => rejections.push(reason);
    const closed = async (): Promise<void> => {
      for (const each of open.splice(0).toReversed()) await each.close();
    };

    beforeAll(() => void process.on("unhandledRejection", onRejection));

    afterAll(() => void process.off("unhandledRejection", onRejection));

    afterEach(async () => {
      await closed();
      expect(rejections.splice(0)).toEqual([]);
    }, 60_000);

    const connected = async (server: Nobody): Promise<Health> => {
      open.push(server);
      const subject: Subject = await row.connect({ port: server.port, wrongPassword: false });
      const health = healthOf(subject.check, timeoutMs);
      open.push(subject, health);
      return health;
    };

    for (const fault of unseenFaults) {
      it(`${fault}: says so in time, twice, and leaves no socket behind`, attempt, async (context) => {
        const before = openSockets();
        const server = await listeners[fault]();
        const health = await connected(server);
        const said = await run(health);
        compare(said, cellOf(fault), timeoutMs);
        compare(await run(health), cellOf(fault), timeoutMs);
        if (fault !== "refused") expect(server.accepted).toBeGreaterThan(0);
        await closed();
        await expect.poll(openSockets, { timeout: 15_000 }).toBeLessThanOrEqual(before);
        context.task.meta.findings = found(fault, context.task.result?.retryCount ?? 0, said);
      });
    }
  });
};
