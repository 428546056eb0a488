import { describe, expect, it } from "vitest";
import { currentOf } from "../../src/checks/shared/current.js";
import { sharedQuestion } from "../../src/checks/shared/shared-question.js";
import { settle } from "../support/fake-clock.js";

const abortable = () => new AbortController();

const [a, b] = [{ name: "a" }, { name: "b" }];

/** A client whose answers the test gives by hand. */
const questions = () => {
  const asked: { client: object; resolve: (answer: string) => void; reject: (error: Error) => void }[] = [];
  const ask = sharedQuestion((client: object) => new Promise<string>((resolve, reject) => asked.push({ client, resolve, reject })));
  return { asked, ask };
};

describe("sharedQuestion", () => {
  it("rejects with the signal's reason, and asks nothing more while its question is out", async () => {
    const { asked, ask } = questions();
    for (let run = 0; run < 5; run++) {
      const controller = abortable();
      const answer = ask(a, controller.signal);
      controller.abort(new Error("too late"));
      await expect(answer).rejects.toThrow("too late");
    }
    expect(asked).toHaveLength(1);
    const waiting = ask(a, abortable().signal);
    asked[0]!.resolve("here");
    expect(await waiting).toBe("here");
  });

  it("asks anew once it was answered, with whatever", async () => {
    const { asked, ask } = questions();
    const first = ask(a, abortable().signal);
    asked[0]!.reject(new Error("no"));
    await expect(first).rejects.toThrow("no");
    const second = ask(a, abortable().signal);
    asked[1]!.resolve("yes");
    expect(await second).toBe("yes");
  });

  it("asks another client at once, whatever the first still owes", async () => {
    const { asked, ask } = questions();
    const controller = abortable();
    const first = ask(a, controller.signal);
    controller.abort(new Error("too late"));
    await expect(first).rejects.toThrow("too late");
    const second = ask(b, abortable().signal);
    asked[1]!.resolve("b's");
    expect(await second).toBe("b's");
    expect(asked.map(({ client }) => client)).toEqual([a, b]);
    const again = ask(a, abortable().signal);
    asked[0]!.resolve("a's");
    expect([await again, asked.length]).toEqual(["a's", 2]);
  });

  it("lets a question that throws at once reject, and leaves no rejection unhandled", async () => {
    const ask = sharedQuestion(() => {
      throw new Error("closed");
    });
    await expect(ask(a, abortable().signal)).rejects.toThrow("closed");
    const controller = abortable();
    controller.abort(new Error("gone"));
    await expect(async () => ask(a, controller.signal)).rejects.toThrow("gone");
    await settle();
  });
});

describe("currentOf", () => {
  const isClient = (value: unknown): boolean => typeof value === "object" && value !== null && "ask" in value;
  const validate = (value: unknown): object => {
    if (!isClient(value)) throw new Error("no client");
    return value as object;
  };

  it("validates a client at once", () => {
    expect(() => currentOf({}, isClient, validate)).toThrow("no client");
    const client = { ask: true };
    expect(currentOf(client, isClient, validate)()).toBe(client);
  });

  it("asks a function at each run, and validates what it returns then", () => {
    let present: unknown = { ask: 1 };
    const current = currentOf(() => present, isClient, validate);
    expect(current()).toEqual({ ask: 1 });
    present = { ask: 2 };
    expect(current()).toEqual({ ask: 2 });
    present = undefined;
    expect(current).toThrow("not connected: the function returned undefined");
    present = {};
    expect(current).toThrow("no client");
  });

  it("calls a function that returns promises once, and hears what they come to", async () => {
    let calls = 0;
    const connect = async (): Promise<object> => {
      calls += 1;
      throw new Error("connection refused");
    };
    const current = currentOf(connect, isClient, validate);
    for (let run = 0; run < 3; run++) expect(current).toThrow("not connected: the function returned a promise; return the connection itself");
    expect(calls).toBe(1);
    await settle();
  });
});
