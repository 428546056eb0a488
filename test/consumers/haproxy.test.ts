import { afterEach, expect, it } from "vitest";
import { describeReal } from "../support/real/served.js";
import { haproxy, type Backend, type Haproxy } from "./support/haproxy.js";
import { missing, probed, served } from "./support/probed.js";

const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

const stopped = <T extends { stop(): Promise<void> }>(part: T): T => {
  stops.push(part.stop);
  return part;
};

const becomes = (balancer: Haproxy, backend: string, state: string): Promise<void> =>
  expect.poll(() => balancer.state(backend), { timeout: 10_000, message: backend }).toBe(state);

const up = "UP L7OK/200";
const down = "DOWN L7STS/503";

describeReal("HAProxy", missing("haproxy"), () => {
  const scene = async () => {
    const service = stopped(await probed());
    const asking: readonly Backend[] = [
      { name: "bare", check: "option httpchk", port: service.rootPort },
      { name: "options", check: "option httpchk /health/ready", port: service.port },
      { name: "get", check: "option httpchk GET /health/ready", port: service.port },
      { name: "head", check: "option httpchk HEAD /health/ready", port: service.port },
      { name: "one", check: "option httpchk GET /health/ready/database", port: service.port },
      { name: "body", check: 'option httpchk GET /health/ready\n  http-check expect string \\"status\\":\\"healthy\\"', port: service.port },
    ];
    const live: Backend = { name: "live", check: "option httpchk GET /health/live", port: service.port };
    return { service, asking, balancer: stopped(await haproxy([...asking, live])) };
  };

  it("marks the server UP while healthy, DOWN when a dependency fails and UP again after, however it asks", async () => {
    const { service, asking, balancer } = await scene();
    for (const { name } of asking) await becomes(balancer, name, up);
    await service.tell("break");
    for (const { name } of asking.filter((each) => each.name !== "body")) await becomes(balancer, name, down);
    await becomes(balancer, "body", "DOWN L7RSP/");
    await becomes(balancer, "live", up);
    await service.tell("mend");
    for (const { name } of asking) await becomes(balancer, name, up);
  }, 60_000);

  it("marks the server DOWN when it drains, its liveness aside", async () => {
    const { service, balancer } = await scene();
    for (const name of ["bare", "options", "get", "head"]) await becomes(balancer, name, up);
    await service.tell("drain");
    for (const name of ["bare", "options", "get", "head"]) await becomes(balancer, name, down);
    await becomes(balancer, "live", up);
  }, 60_000);

  it("follows the demo's database down and up", async () => {
    const demo = stopped(await served("examples/demo/server.mjs"));
    const port = Number(new URL(demo.base).port);
    const toggle = () => fetch(`${demo.base}/toggle/database`, { method: "POST" });
    const balancer = stopped(
      await haproxy([
        { name: "options", check: "option httpchk /health/ready", port },
        { name: "get", check: "option httpchk GET /health/ready", port },
      ]),
    );
    for (const name of ["options", "get"]) await becomes(balancer, name, up);
    await toggle();
    for (const name of ["options", "get"]) await becomes(balancer, name, down);
    await toggle();
    for (const name of ["options", "get"]) await becomes(balancer, name, up);
  }, 60_000);
});
