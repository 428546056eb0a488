import { createHealth, type Check, type CheckReport, type Health } from "probekit";
import { afterAll, afterEach, beforeAll, expect, it, type TestContext } from "vitest";
import { settle } from "../../support/fake-clock.js";
import { describeReal, type RealServer } from "../../support/real/served.js";
import { proxyTo, type Proxy } from "./proxy.js";

/** The faults, in the order of the table's columns. */
export const faults = ["up", "refused", "frozen", "dark", "reset", "slow", "restarted", "password", "exhausted"] as const;

/** `frozen`: SIGSTOP; `dark`: a black hole; `reset`: in mid-reply; `restarted`: killed and started again. */
export type Fault = (typeof faults)[number];

/** An application's own client, and the check that was handed it. */
export interface Subject {
  readonly check: Check;
  close(): unknown;
  /** Takes everything the client's pool can lend; returns what gives it back. */
  exhaust?(): Promise<() => unknown>;
  /**
   * Waits until the application's own client has connected again, or connects it, as the application would. Only for a
   * client that the check can't make connect; a pool needs none.
   */
  reconnect?(): Promise<unknown>;
}

/** How a subject is connected. */
export interface Connection {
  /** The proxy's port, on 127.0.0.1. */
  readonly port: number;
  /** Whether to connect with a wrong password. */
  readonly wrongPassword: boolean;
}

/** What a cell must say. */
export interface Cell {
  readonly status: CheckReport["status"];
  readonly reason?: CheckReport["reason"];
  /** Matched by the check's message. */
  readonly message?: RegExp;
  /** The most the run may take, in milliseconds. @default the check's timeout and 250 more */
  readonly withinMs?: number;
}

/** One row of the matrix. */
export interface Row {
  /** The first column: `pgCheck, Pool`. */
  readonly name: string;
  /** The second: `PostgreSQL 15, pg 8`. */
  readonly against: string;
  /** What must be installed for it and is not. */
  readonly missing?: string | undefined;
  /** The Node that first has it, where not every one does: such a row is printed, and not told by docs/faults.md. */
  readonly since?: string;
  readonly server: () => Promise<RealServer>;
  readonly connect: (connection: Connection) => Promise<Subject> | Subject;
  /** What stands before the server. @default a TCP proxy */
  readonly proxy?: (port: number) => Promise<Proxy>;
  /** Where a cell differs from {@link expected}. */
  readonly cells?: Partial<Record<Fault, Cell>>;
  /** Faults that this row can't have, and why. */
  readonly without?: Partial<Record<Fault, string>>;
  /** The check's timeout, in milliseconds. @default 500 */
  readonly timeoutMs?: number;
}

/** What a cell says of a check that has nothing of its own to say. */
export const expected: Record<Fault, Cell> = {
  up: { status: "ok" },
  refused: { status: "error", reason: "failed", message: /^connection refused|^not connected|^connection lost/ },
  frozen: { status: "error", reason: "timeout" },
  dark: { status: "error", reason: "timeout" },
  reset: { status: "error", reason: "failed", message: /^connection lost/ },
  slow: { status: "ok" },
  restarted: { status: "error", reason: "failed", message: /^connection refused|^not connected|^connection lost/ },
  password: { status: "error", reason: "failed", message: /^authentication failed/ },
  exhausted: { status: "warn", reason: "failed", message: /^pool exhausted/ },
};

/**
 * Each cell is timed to a quarter of a second on a machine that other work shares, and may be tried again where that stood
 * still for longer. What was seen at a later attempt only is told beneath the table.
 */
export const attempt = { timeout: 60_000, retry: 2 };

/** How long a slow reply is held back. */
const slowMs = 200;

/** What the table is drawn from. */
export interface Finding {
  readonly row: string;
  readonly against: string;
  readonly fault: Fault;
  readonly status?: string | undefined;
  readonly reason?: string | undefined;
  readonly message?: string | undefined;
  readonly tookMs?: number;
  /** How it became ok again. */
  readonly recovery?: "next run" | "after the client reconnected";
  /** Why the cell is empty. */
  readonly without?: string | undefined;
  /** The Node that first has the row. */
  readonly since?: string;
  /** Which attempt saw it: 1, unless the machine stood still in an earlier one. */
  readonly attempt?: number;
}

declare module "vitest" {
  interface TaskMeta {
    findings?: Finding[];
  }
}

/** A health that holds one check and reuses no result, so that each report is a run. */
export const healthOf = (check: Check, timeoutMs: number): Health => {
  const health = createHealth({ logger: false, deadlineMs: 10_000 });
  health.register("dependency", check, { cacheMs: 0, errorCacheMs: 0, timeoutMs });
  return health;
};

/** What one more run says, after a turn of the event loop in which an aborted one has settled. */
export const run = async (health: Health): Promise<CheckReport> => {
  await settle();
  const report = await health.report("ready");
  return report.checks["dependency"]!;
};

/** Breaks something and returns what mends it. */
type Break = (parts: { readonly proxy: Proxy; readonly server: RealServer; readonly subject: Subject }) => Promise<() => unknown>;

const breaks: Record<Exclude<Fault, "up" | "password">, Break> = {
  refused: async ({ proxy }) => {
    await proxy.refuse();
    return () => proxy.heal();
  },
  frozen: async ({ server }) => {
    server.freeze();
    return () => server.thaw();
  },
  dark: async ({ proxy }) => {
    proxy.darken();
    return () => proxy.heal();
  },
  reset: async ({ proxy }) => {
    proxy.resetReplies();
    return () => proxy.heal();
  },
  slow: async ({ proxy }) => {
    proxy.delayReplies(slowMs);
    return () => proxy.heal();
  },
  restarted: async ({ server }) => {
    await server.kill();
    return () => server.start();
  },
  exhausted: async ({ subject }) => {
    if (subject.exhaust === undefined) throw new Error("the row's subject can't be exhausted: give it `exhaust`, or a word in `without`");
    return subject.exhaust();
  },
};

/** Asserts that a run said what its cell must say. */
export const compare = (said: CheckReport, cell: Cell, timeoutMs: number): void => {
  expect({ status: said.status, reason: said.reason, message: said.message }).toMatchObject({ status: cell.status });
  expect(said.reason).toBe(cell.reason);
  if (cell.message !== undefined) expect(said.message).toMatch(cell.message);
  expect(said.latencyMs).toBeLessThan(cell.withinMs ?? timeoutMs + 250);
  if (said.reason === "timeout") expect(said.latencyMs).toBeGreaterThanOrEqual(timeoutMs - 1);
};

/**
 * Puts one check through every fault: each cell asserts the status, the reason, the kind of failure that the message
 * names, the time it took, and that the next run after the fault is lifted is ok.
 */
export const faultRow = (row: Row): void => {
  const timeoutMs = row.timeoutMs ?? 500;
  const cellOf = (fault: Fault): Cell => row.cells?.[fault] ?? expected[fault];
  const since = row.since === undefined ? {} : { since: row.since };
  const common = (fault: Fault): Pick<Finding, "row" | "against" | "fault" | "since"> => ({ row: row.name, against: row.against, fault, ...since });
  describeReal(`${row.name} on ${row.against}`, row.missing, () => {
    let server: RealServer;
    let proxy: Proxy;
    let subject: Subject | undefined;
    let health: Health | undefined;
    // Cells that the row can't have are told by its first test.
    const untold = Object.entries(row.without ?? {}).map(([fault, why]): Finding => ({ ...common(fault as Fault), without: why }));
    const first = faults.find((fault) => row.without?.[fault] === undefined);
    const rejections: unknown[] = [];
    const onRejection = (reason: unknown): number => rejections.push(reason);

    beforeAll(async () => {
      server = await row.server();
      proxy = await (row.proxy ?? proxyTo)(server.port);
      process.on("unhandledRejection", onRejection);
    }, 120_000);

    afterAll(async () => {
      process.off("unhandledRejection", onRejection);
      await proxy?.close();
      await server?.remove();
    }, 60_000);

    afterEach(async () => {
      await proxy.heal();
      await server.restore();
      await health?.close();
      await subject?.close();
      [health, subject] = [undefined, undefined];
      expect(rejections.splice(0)).toEqual([]);
    }, 60_000);

    const connect = async (wrongPassword = false): Promise<Health> => {
      subject = await row.connect({ port: proxy.port, wrongPassword });
      health = healthOf(subject.check, timeoutMs);
      return health;
    };

    const tell = (context: TestContext, fault: Fault, said: CheckReport, recovery?: Finding["recovery"]): void => {
      const { status, reason, message, latencyMs } = said;
      const seen = { status, reason, message, tookMs: Math.round(latencyMs ?? 0), attempt: (context.task.result?.retryCount ?? 0) + 1 };
      const found: Finding = { ...common(fault), ...seen, ...(recovery && { recovery }) };
      context.task.meta.findings = fault === first ? [found, ...untold] : [found];
    };

    const assertUp = async (of: Health): Promise<CheckReport> => {
      const said = await run(of);
      compare(said, cellOf("up"), timeoutMs);
      return said;
    };

    /** Asserts that it is as before by the next run; where that needs the application's client to connect again, says so. */
    const recover = async (of: Health): Promise<boolean> => {
      const reconnect = subject?.reconnect;
      const next = reconnect === undefined ? await assertUp(of) : await run(of);
      if (next.status === cellOf("up").status) return false;
      await reconnect?.();
      await assertUp(of);
      return true;
    };

    const has = (fault: Fault): boolean => row.without?.[fault] === undefined;

    if (has("up")) {
      it("up: is what it should be, twice", attempt, async (context) => {
        const of = await connect();
        await assertUp(of);
        tell(context, "up", await assertUp(of));
      });
    }

    if (has("password")) {
      it("password: names the kind of failure", attempt, async (context) => {
        const said = await run(await connect(true));
        compare(said, cellOf("password"), timeoutMs);
        tell(context, "password", said);
      });
    }

    for (const fault of faults.filter((name) => name in breaks) as (keyof typeof breaks)[]) {
      if (!has(fault)) continue;
      it(`${fault}: says so in time, and the next run after it is lifted is as before`, attempt, async (context) => {
        const of = await connect();
        await assertUp(of);
        const mend = await breaks[fault]({ proxy, server, subject: subject! });
        const said = await run(of);
        compare(said, cellOf(fault), timeoutMs);
        if (fault === "slow") expect(said.latencyMs).toBeGreaterThanOrEqual(slowMs - 5);
        const again = await run(of);
        const { message: _, ...cell } = cellOf(fault);
        compare(again, cell, timeoutMs);
        await mend();
        const reconnected = await recover(of);
        tell(context, fault, said, reconnected ? "after the client reconnected" : "next run");
      });
    }
  });
};
