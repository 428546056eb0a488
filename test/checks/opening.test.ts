import { describe, expect, it } from "vitest";
import { openingOnce } from "../../src/checks/shared/opening.js";
import { settle } from "../support/fake-clock.js";

interface Connection {
  readonly id: number;
}

/** A client whose requests the test settles by hand. */
const client = ({ queues = false } = {}) => {
  const asked: ((error: unknown, connection?: Connection) => void)[] = [];
  const givenBack: Connection[] = [];
  const request = openingOnce<Connection>({
    request: (onLent) => {
      asked.push(onLent);
      return () => queues;
    },
    giveBack: (connection) => givenBack.push(connection),
  });
  return { request, asked, givenBack };
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
