import { expect, it } from "vitest";
import { describeReal } from "../support/real/served.js";
import { missing, release, type Release } from "./support/run.js";

const light = ["--rate", "100"];

/** A machine that is busy with other things answers late; that is no failure of a good release. */
const good = [...light, "--server-timeout-ms", "20000"];

/** For each bad release: how it looks from outside, and whether any of its answers reached a user. */
const bad = [
  { fault: "starts-then-fails", why: /because of database|answered 500|the balancer took it out|requests failed/ },
  { fault: "never-starts", why: /not ready within|did not become ready/ },
  { fault: "answers-500", why: /answered 500|requests failed/ },
  { fault: "hangs", why: /does not answer|no answer|the balancer took it out|requests failed|answered 000/ },
] as const;

const isTolerated = (fault: string, { by, reason }: Release["failures"][number]): boolean =>
  by === "2.0.0" || reason.startsWith("reset on a kept-alive") || (fault === "hangs" && /^status 50[24]$/.test(reason));

/** Traffic is back on the old version, the script says why, and only the new version failed anybody. */
const expectRolledBack = (run: Release, { fault, why }: (typeof bad)[number]): void => {
  expect(run).toMatchObject({ code: 1, outcome: "rolled back", servingAtEnd: ["1.0.0"] });
  expect(run.why).toMatch(why);
  expect(run.output).toContain(run.why);
  expect(run.failures.filter((failure) => !isTolerated(fault, failure))).toEqual([]);
  if (fault === "never-starts") expect(run.failed).toBe(0);
};

/** Nobody has to wait long for what never starts. */
const quick = (fault: string): string[] => [...light, "--bad", fault, "--ready-within-ms", fault === "never-starts" ? "3000" : "15000"];

/** Where the first event of each of these words stands. */
const order = ({ events }: Release, words: readonly string[]): number[] =>
  words.map((word) => events.findIndex(({ text }) => text.includes(word)));

const expectInOrder = (run: Release, words: readonly string[]): void => {
  const steps = order(run, words);
  expect([steps.includes(-1), steps]).toEqual([false, steps.toSorted((a, b) => a - b)]);
};

describeReal("blue-green", missing, () => {
  it.concurrent("switches every request at once and loses none", async () => {
    const run = await release("blue-green", ...good);
    expect([run.why, run.failures]).toEqual([undefined, []]);
    expect(run).toMatchObject({ code: 0, outcome: "released", failed: 0, resets: 0, servingAtEnd: ["2.0.0"] });
    expectInOrder(run, ["every process of green (2.0.0) is ready", "the smoke test passed", "blue (1.0.0) is told to stop"]);
  }, 240_000);

  it.concurrent.each(bad)("is back on blue by itself when green $fault", async (each) => {
    expectRolledBack(await release("blue-green", ...quick(each.fault)), each);
  }, 240_000);
});

describeReal("canary", missing, () => {
  it.concurrent("takes 5, 25, 50 and 100 % of the requests and loses none", async () => {
    const run = await release("canary", ...good, "--step-ms", "1000");
    expect([run.why, run.failures]).toEqual([undefined, []]);
    expect(run).toMatchObject({ code: 0, outcome: "released", failed: 0, resets: 0, servingAtEnd: ["2.0.0"] });
    expect(run.events.flatMap(({ text }) => /gets (\d+) %/.exec(text)?.[1] ?? [])).toEqual(["5", "25", "50", "100"]);
  }, 240_000);

  it.concurrent.each(bad)("is rolled back by itself when it $fault", async (each) => {
    expectRolledBack(await release("canary", ...quick(each.fault), "--step-ms", "1000"), each);
  }, 240_000);
});

describeReal("canary with few requests", missing, () => {
  it.concurrent("holds 5 % until enough requests have tried it: a bad one never gets more", async () => {
    const run = await release("canary", "--rate", "10", "--step-ms", "400", "--bad", "answers-500");
    expect(run).toMatchObject({ code: 1, outcome: "rolled back", servingAtEnd: ["1.0.0"] });
    expect(run.why).toMatch(/^at 5 %: .* requests failed/);
  }, 240_000);

  it.concurrent("says of a share that it has shown little when too few came in time", async () => {
    const steps = ["--step-ms", "200", "--step-requests", "10000", "--step-within-ms", "400"];
    const run = await release("canary", ...good, ...steps);
    expect([run.why, run.code]).toEqual([undefined, 0]);
    const few = /^at (\d+) % the canary was tried with \d+ requests only \(10000 wanted/;
    const told = run.events.flatMap(({ text }) => few.exec(text)?.[1] ?? []);
    expect(told).toEqual(["5", "25", "50", "100"]);
  }, 240_000);
});

describeReal("recreate", missing, () => {
  it.concurrent("is down while nothing runs, and says for how long", async () => {
    const run = await release("recreate", ...good);
    expect(run).toMatchObject({ code: 0, outcome: "released", servingAtEnd: ["2.0.0"] });
    expect(new Set(run.failures.map(({ by }) => by))).toEqual(new Set(["no version"]));
    expect(run.failingForMs).toBeGreaterThan(0);
    expect(run.output).toContain(`within ${(run.failingForMs / 1000).toFixed(2)} s`);
  }, 240_000);
});

describeReal("deploy.sh", missing, () => {
  it.concurrent("releases with exit code 0 and loses nothing", async () => {
    const run = await release("deploy", ...good);
    expect([run.why, run.failures]).toEqual([undefined, []]);
    expect(run).toMatchObject({ code: 0, outcome: "released", failed: 0, resets: 0, servingAtEnd: ["2.0.0"] });
    const before = ["before: blue serves", "release: 2.0.0", "wait: 2.0.0 is ready"];
    expectInOrder(run, [...before, "switch: green", "smoke test: passed", "2.0.0 is released", "exit code 0"]);
  }, 240_000);

  // A version that hangs looks to a script as one that starts and then fails.
  it.concurrent.each(bad.slice(0, 3))("goes back with exit code 1 when the version $fault", async (each) => {
    const run = await release("deploy", ...quick(each.fault));
    expectRolledBack(run, each);
    expect(order(run, ["deploy.sh ended with exit code 1"])).not.toEqual([-1]);
  }, 240_000);
});

describeReal("a process that is killed under load", missing, () => {
  it.concurrent.each(["haproxy", "nginx"])("fails no request but those that were in flight on it, behind %s", async (balancer) => {
    const run = await release("crash", "--balancer", balancer, ...good, "--rate", "300");
    expect(run).toMatchObject({ code: 0, outcome: "recovered", servingAtEnd: ["1.0.0"] });
    expect(run).toMatchObject({ notInFlightAtKill: 0, inFlightAtKill: run.failed });
    const kill = run.events.find(({ text }) => text.includes("is killed with SIGKILL"))!;
    expect(run.failures.filter(({ sentAt }) => sentAt > kill.at + 20)).toEqual([]);
    if (run.failed === 0) return;
    expect(run.output).toContain(`${run.failed} of them had been sent and not answered when the process was killed; 0 had not.`);
  }, 240_000);
});

