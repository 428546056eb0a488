import { createServer } from "node:net";
import { createHealth, type CheckOutcome, type Health } from "probekit";
import { haproxyAgent, type HaproxyAgentOptions } from "probekit/haproxy-agent";
import { expect, it, onTestFinished } from "vitest";
import { listen } from "../adapters/listen.js";
import { describeReal } from "../support/real/served.js";
import { haproxy, type Haproxy } from "./support/haproxy.js";
import { missing } from "./support/probed.js";

/** An agent whose health a test replaces, as a new process on the same port does. */
const agent = async (first: Health, options?: HaproxyAgentOptions) => {
  let listener = haproxyAgent(first, options);
  let asked = 0;
  const server = createServer((socket) => {
    asked += 1;
    listener(socket);
  });
  const port = await listen(server);
  return { port, asked: () => asked, replaceWith: (next: Health) => (listener = haproxyAgent(next, options)) };
};

const service = () => {
  let outcome: CheckOutcome = true;
  const health = createHealth({ cacheMs: 0, errorCacheMs: 0, logger: false });
  health.register("database", () => outcome);
  return { health, says: (next: CheckOutcome) => void (outcome = next) };
};

const scene = async (options?: HaproxyAgentOptions, directives = "balance roundrobin") => {
  const { health, says } = service();
  const { port, asked, replaceWith } = await agent(health, options);
  // HAProxy's own check finds an open port whatever the health says: what changes is the agent's doing.
  const balancer = await haproxy(["app", "other"].map((name) => ({ name, check: directives, port, agentPort: port })));
  onTestFinished(balancer.stop);
  return { health, says, asked, replaceWith, balancer };
};

const becomes = (balancer: Haproxy, state: string): Promise<void> =>
  expect
    .poll(async () => {
      const { status, weight, agent_status } = await balancer.columns("app");
      return `${status} ${weight} ${agent_status}`;
    }, { timeout: 10_000 })
    .toBe(state);

const healthy = "UP 100 L7OK";

describeReal("HAProxy's agent check", missing("haproxy"), () => {
  it("follows weight, down with its reason, and up", async () => {
    const { says, balancer } = await scene();
    await becomes(balancer, healthy);
    says({ status: "warn" });
    await becomes(balancer, "UP 50 L7OK");
    says(false);
    await becomes(balancer, "DOWN (agent) 50 L7STS");
    expect((await balancer.columns("app"))["last_agt"]).toContain("via agent : down (database)");
    says(true);
    await becomes(balancer, healthy);
  }, 30_000);

  it("takes the weight that a function says", async () => {
    const { says, balancer } = await scene({ degradedWeight: ({ checks }) => 100 - Number(checks["database"]?.data) });
    await becomes(balancer, healthy);
    says({ status: "warn", data: 87.6 });
    await becomes(balancer, "UP 12 L7OK");
  }, 30_000);

  it("drains the server and keeps it up, until the process that replaces it is ready", async () => {
    const { health, replaceWith, balancer } = await scene();
    await becomes(balancer, healthy);
    health.drain();
    await becomes(balancer, "DRAIN (agent) 100 CHECKED");
    await health.close();
    await becomes(balancer, "DRAIN (agent) 100 CHECKED");
    const next = createHealth({ startup: "manual", logger: false });
    replaceWith(next);
    await becomes(balancer, "DOWN (agent) 100 L7STS");
    expect((await balancer.columns("app"))["last_agt"]).toContain("via agent : down (starting)");
    next.markStarted();
    await becomes(balancer, healthy);
  }, 30_000);

  it("leaves the server as it is when nobody answers, and follows again when somebody does", async () => {
    const { health, says } = service();
    const answering = haproxyAgent(health);
    let isAnswering = true;
    const server = createServer((socket) => (isAnswering ? answering(socket) : void socket.destroy()));
    const port = await listen(server);
    const balancer = await haproxy([{ name: "app", check: "balance roundrobin", port, agentPort: port }]);
    onTestFinished(balancer.stop);
    says({ status: "warn" });
    await becomes(balancer, "UP 50 L7OK");
    isAnswering = false;
    await expect.poll(async () => (await balancer.columns("app"))["agent_status"], { timeout: 10_000 }).not.toBe("L7OK");
    expect(await balancer.columns("app")).toMatchObject({ status: "UP", weight: 50 });
    isAnswering = true;
    says(true);
    await becomes(balancer, healthy);
  }, 30_000);

  it("lets an operator take the server out once its agent is disabled, and not before", async () => {
    const { balancer, asked } = await scene();
    await becomes(balancer, healthy);
    await balancer.say("set server app/app state maint");
    await becomes(balancer, healthy);
    await balancer.say("disable agent app/app");
    await balancer.say("set server app/app state maint");
    const before = asked();
    await expect.poll(asked, { timeout: 10_000 }).toBeGreaterThan(before + 5);
    expect((await balancer.columns("app"))["status"]).toBe("MAINT");
    await balancer.say("enable agent app/app");
    await becomes(balancer, healthy);
  }, 30_000);

  it("changes no weight where balance is static, and is followed down and up all the same", async () => {
    const { says, balancer } = await scene(undefined, "balance static-rr");
    await becomes(balancer, healthy);
    says({ status: "warn" });
    await expect.poll(async () => (await balancer.columns("app"))["last_agt"], { timeout: 10_000 }).toContain("static LB algorithm");
    await becomes(balancer, healthy);
    says(false);
    await becomes(balancer, "DOWN (agent) 100 L7STS");
    says(true);
    await becomes(balancer, healthy);
  }, 30_000);
});
