import { expect, it } from "vitest";
import { describeReal } from "../support/real/served.js";
import { missing, release, tellRate } from "./support/run.js";

const isCi = process.env["CI"] === "true";
const number = (name: string, usual: number): string => process.env[name] ?? String(usual);

/** The whole proof takes PROBEKIT_RELEASE_RATE=2000, _UPDATES=10 and _SECONDS=60; CI and a laptop see a shorter one. */
const rate = number("PROBEKIT_RELEASE_RATE", isCi ? 1000 : 200);
const updates = number("PROBEKIT_RELEASE_UPDATES", isCi ? 3 : 1);
const seconds = number("PROBEKIT_RELEASE_SECONDS", isCi ? 20 : 0);

const balancers = ["haproxy", "nginx"];
const versions = Array.from({ length: Number(updates) + 1 }, (_, at) => `${at + 1}.0.0`);

describeReal("a rolling update of four processes under load", missing, () => {
  it.each(balancers)("loses no request and resets no connection behind %s", async (balancer) => {
    const load = ["--rate", rate, "--updates", updates, "--seconds", seconds];
    // A machine that is busy with other things answers late; that is no failure of the release.
    const patient = ["--server-timeout-ms", "20000", "--ready-within-ms", "30000"];
    const run = await release("rolling", "--balancer", balancer, "--min-ready-ms", "200", ...load, ...patient);
    tellRate(`rolling behind ${balancer}`, run);
    expect([run.why, run.failures]).toEqual([undefined, []]);
    expect(run).toMatchObject({ code: 0, outcome: "released", failed: 0, resets: 0, answered: run.sent, servingAtEnd: versions.slice(-1) });
    expect(Object.keys(run.versions).toSorted()).toEqual(versions.toSorted());
    expect(Math.min(run.onNewConnections, run.onKeptConnections)).toBeGreaterThan(100);
    expect(run.seconds).toBeGreaterThanOrEqual(Number(seconds));
  }, 400_000);

  it.concurrent.each(balancers)("loses requests behind %s when the library's shutdown is left out", async (balancer) => {
    const run = await release("rolling", "--balancer", balancer, "--min-ready-ms", "0", "--rate", "400", "--without-shutdown");
    expect([run.why, run.outcome, run.servingAtEnd]).toEqual([undefined, "released", ["2.0.0"]]);
    expect(run.failed).toBeGreaterThan(0);
    expect(run.output).toContain(`${run.failed} failed`);
  }, 120_000);

  it.concurrent.each(balancers)("goes back by itself behind %s when the new version answers only 500, and says why", async (balancer) => {
    const run = await release("rolling", "--balancer", balancer, "--rate", "100", "--bad", "answers-500");
    expect(run).toMatchObject({ code: 1, outcome: "rolled back", why: "GET / answered 500", servingAtEnd: ["1.0.0"] });
    expect(run.failures.filter(({ by }) => by !== "2.0.0")).toEqual([]);
    expect(run.output).toContain("2.0.0 is not taken: GET / answered 500");
  }, 120_000);
});
