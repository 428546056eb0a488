import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openingOnce } from "../../src/checks/sql/opening.js";
import { settle } from "../support/fake-clock.js";

interface Connection {
  readonly id: number;
}

/** A client whose requests the test settles by hand. */
const client = ({ queues = false, cuts = true } = {}) => {
  const asked: ((error: unknown, connection?: Connection) => void)[] = [];
  const givenBack: Connection[] = [];
  const cut: number[] = [];
  const level = { free: 0, pool: "first" };
  const request = openingOnce<Connection>({
    pool: () => level.pool,
    request: (onLent) => {
      const id = asked.push(onLent);
      return { withdraw: () => queues, ...(cuts && { cut: () => cut.push(id) }) };
    },
    giveBack: (connection) => givenBack.push(connection),
    hasFree: () => level.free > 0,
  });
  return { request, asked, givenBack, cut, level };
};

describe("openingOnce", () => {
  it("lends what the client lends", async () => {
    const { request, asked } = client();
    const lease = request();
    asked[0]!(undefined, { id: 1 });
    expect(await lease.connection).toEqual({ id: 1 });
  });

  it("refuses as the client refuses", async () => {
    const { request, asked } = client();
    const lease = request();
    asked[0]!(new Error("no"));
    await expect(lease.connection).rejects.toThrow("no");
  });

  it("asks once for a connection that never opens, however many runs withdraw", () => {
    const { request, asked } = client();
    for (let run = 0; run < 5; run++) request().withdraw();
    expect(asked).toHaveLength(1);
  });

  it("hands the connection that an earlier run asked for to the run that waits", async () => {
    const { request, asked, givenBack } = client();
    request().withdraw();
    const lease = request();
    asked[0]!(undefined, { id: 1 });
    expect(await lease.connection).toEqual({ id: 1 });
    await settle();
    expect(givenBack).toEqual([]);
  });

  it("gives a connection back that comes when nobody waits, and asks anew then", async () => {
    const { request, asked, givenBack } = client();
    request().withdraw();
    asked[0]!(undefined, { id: 1 });
    await settle();
    expect(givenBack).toEqual([{ id: 1 }]);
    request();
    expect(asked).toHaveLength(2);
  });

  it("asks anew after a failure that nobody waited for", () => {
    const { request, asked } = client();
    request().withdraw();
    asked[0]!(new Error("refused"));
    request();
    expect(asked).toHaveLength(2);
  });

  it("forgets a request that the client could take back", () => {
    const { request, asked } = client({ queues: true });
    request().withdraw();
    request();
    expect(asked).toHaveLength(2);
  });

  it("lets two runs at once have a connection each", async () => {
    const { request, asked } = client();
    const [one, two] = [request(), request()];
    asked[0]!(undefined, { id: 1 });
    asked[1]!(undefined, { id: 2 });
    expect([await one.connection, await two.connection]).toEqual([{ id: 1 }, { id: 2 }]);
  });

  it("leaves a connection alone that is withdrawn after it was lent", async () => {
    const { request, asked, givenBack } = client();
    const lease = request();
    asked[0]!(undefined, { id: 1 });
    await lease.connection;
    lease.withdraw();
    await settle();
    expect(givenBack).toEqual([]);
  });
});

describe("openingOnce, of a connection that never opens", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  it("asks on another that is free, and takes the old one up again when none is", async () => {
    const { request, asked, level } = client();
    request().withdraw();
    level.free = 1;
    const lease = request();
    expect(asked).toHaveLength(2);
    asked[1]!(undefined, { id: 2 });
    expect(await lease.connection).toEqual({ id: 2 });
    level.free = 0;
    request();
    expect(asked).toHaveLength(2);
  });

  it("cuts it after five seconds, the next after ten, at most after a minute, and after five again when one has opened", () => {
    const { request, asked, cut } = client();
    for (const [index, ms] of [5_000, 10_000, 20_000, 40_000, 60_000, 60_000].entries()) {
      request().withdraw();
      vi.advanceTimersByTime(ms - 1);
      request().withdraw();
      expect([asked.length, cut.length]).toEqual([index + 1, index]);
      vi.advanceTimersByTime(1);
      expect(cut).toHaveLength(index + 1);
      asked[index]!(new Error("terminated"));
    }
    request().withdraw();
    asked[6]!(undefined, { id: 7 });
    request().withdraw();
    vi.advanceTimersByTime(5_000);
    expect(cut).toEqual([1, 2, 3, 4, 5, 6, 8]);
  });

  it("tells the run that waits for it that it timed out", async () => {
    const { request } = client();
    request().withdraw();
    const lease = request();
    vi.advanceTimersByTime(5_000);
    await expect(lease.connection).rejects.toThrow("connection timeout: it never opened");
  });

  it("is not waited for when the application has replaced the pool", () => {
    const { request, asked, level } = client();
    request().withdraw();
    level.pool = "second";
    request().withdraw();
    request();
    expect(asked).toHaveLength(2);
  });

  it("gives it back when it opens after all", async () => {
    const { request, asked, givenBack } = client();
    request().withdraw();
    vi.advanceTimersByTime(5_000);
    asked[0]!(undefined, { id: 1 });
    await settle();
    expect(givenBack).toEqual([{ id: 1 }]);
  });

  it("waits as long as the client does, where it can't be cut", () => {
    const { request, asked } = client({ cuts: false });
    request().withdraw();
    vi.advanceTimersByTime(600_000);
    request().withdraw();
    expect(asked).toHaveLength(1);
  });

  it("cuts none that opened, was refused or was withdrawn in time", () => {
    const opened = client();
    opened.request().withdraw();
    opened.asked[0]!(undefined, { id: 1 });
    opened.request().withdraw();
    opened.asked[1]!(new Error("refused"));
    const queued = client({ queues: true });
    queued.request().withdraw();
    vi.advanceTimersByTime(600_000);
    expect([opened.cut, queued.cut]).toEqual([[], []]);
  });
});
