import { expect, it } from "vitest";

interface Call {
  readonly sentAt: number;
  readonly workMs: number;
  readonly isKept: boolean;
}

interface Slot {
  readonly failed: number;
  readonly versions: Readonly<Record<string, number>>;
}

interface Load {
  readonly slotMs: number;
  readonly slots: readonly Slot[];
  readonly versions: Readonly<Record<string, number>>;
}

interface Recorder {
  sent(call: Call): void;
  answered(call: Call, version: string): void;
  failed(call: Call, how: { readonly reason: string }): void;
  result(): Load;
}

interface Column extends Slot {
  readonly p50: number | null;
  readonly p99: number | null;
}

const module = (path: string) => import(new URL(`../../examples/releases/${path}`, import.meta.url).href);
const { openRecord } = (await module("support/record.mjs")) as { openRecord: (now: () => number) => Recorder };
const { columnsOf } = (await module("picture/columns.mjs")) as {
  columnsOf: (result: { load: Load }, most: number) => { readonly columns: readonly Column[] };
};

/** Each call: when it was sent, when it was over, and by what it failed if it did. */
const recordOf = (calls: readonly { sentAt: number; at: number; workMs?: number; reason?: string }[]): Load => {
  let now = 0;
  const record = openRecord(() => now);
  for (const { sentAt, at, workMs = 0, reason } of calls) {
    const call = { sentAt, workMs, isKept: true };
    now = sentAt;
    record.sent(call);
    now = at;
    if (reason === undefined) record.answered(call, "1.0.0");
    else record.failed(call, { reason });
  }
  return record.result();
};

const columns = (load: Load, most = 100): readonly Column[] => columnsOf({ load }, most).columns;

it("shows a failure when its request was sent, not when it was given up", () => {
  const load = recordOf([{ sentAt: 150, at: 5150, reason: "status 504" }, { sentAt: 250, at: 260 }]);
  expect(columns(load).map(({ failed }) => failed)).toEqual([0, 1, 0]);
});

it("shows an answer when its request was sent", () => {
  const load = recordOf([{ sentAt: 50, at: 350 }, { sentAt: 250, at: 260 }]);
  expect(columns(load).map(({ versions }) => versions["1.0.0"])).toEqual([1, 0, 1]);
});

it("counts a failure's latency as it counts an answer's", () => {
  const load = recordOf([{ sentAt: 10, at: 15 }, { sentAt: 20, at: 5020, reason: "status 504" }]);
  expect(columns(load)).toEqual([{ failed: 1, versions: { "1.0.0": 1 }, p50: 5000, p99: 5000 }]);
});

it("takes what a request asked for off its latency", () => {
  const load = recordOf([{ sentAt: 10, at: 215, workMs: 200 }]);
  expect(columns(load)[0]).toMatchObject({ p50: 5, p99: 5 });
});

it("draws the median of all requests of a column, not the mean of its slots' medians", () => {
  const slow = [110, 120, 130, 140].map((sentAt) => ({ sentAt, at: sentAt + 100 }));
  expect(columns(recordOf([{ sentAt: 10, at: 12 }, ...slow]), 1)[0]).toMatchObject({ p50: 100, p99: 100 });
});

it("leaves a gap where nothing was sent", () => {
  expect(columns(recordOf([{ sentAt: 110, at: 111 }]))[0]).toEqual({ failed: 0, versions: { "1.0.0": 0 }, p50: null, p99: null });
});
