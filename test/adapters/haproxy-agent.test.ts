import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { isHealthError, type Health, type Report } from "probekit";
import { haproxyAgent, type HaproxyAgentOptions } from "probekit/haproxy-agent";
import { describe, expect, it, onTestFinished } from "vitest";
import { settle as turns } from "../support/fake-clock.js";
import { hung, scripted, testHealth } from "../support/scripted.js";
import { listen } from "./listen.js";

/** An agent on a port of its own; `open` are the sockets that it has. */
const agent = async (health: Health, options?: HaproxyAgentOptions) => {
  const listener = haproxyAgent(health, options);
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    listener(socket);
  });
  const port = await listen(server);
  return { port, open };
};

const client = (port: number): Socket => {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  onTestFinished(() => void socket.destroy());
  return socket;
};

const line = async (port: number): Promise<string> => {
  const socket = client(port);
  const said = await text(socket);
  socket.end();
  return said;
};

const lineOf = async (health: Health, options?: HaproxyAgentOptions): Promise<string> => line((await agent(health, options)).port);

const fresh = () => testHealth({ cacheMs: 0, errorCacheMs: 0 });

describe("haproxyAgent", () => {
  it("says ready, up and the whole weight while healthy", async () => {
    const { health } = fresh();
    health.register("database", () => true);
    expect(await lineOf(health)).toBe("ready up 100%\n");
  });

  it("says half the weight while degraded, or what it is told to", async () => {
    const { health } = fresh();
    health.register("queue", () => ({ status: "warn", data: { load: 0.834 } }));
    const load = ({ checks }: Report): number => (checks["queue"] as { data: { load: number } }).data.load;
    expect(await lineOf(health)).toBe("ready up 50%\n");
    expect(await lineOf(health, { degradedWeight: 1 })).toBe("ready up 1%\n");
    expect(await lineOf(health, { degradedWeight: undefined })).toBe("ready up 50%\n");
    expect(await lineOf(health, { degradedWeight: (report) => 100 - 100 * load(report) })).toBe("ready up 17%\n");
  });

  it.each([
    [-3, "1%"], [0, "1%"], [0.4, "1%"], [100.6, "100%"], [Infinity, "100%"], [NaN, "50%"], ["x", "50%"], [undefined, "50%"],
    [null, "50%"], ["", "50%"], ["7", "50%"], [[], "50%"], [[7], "50%"], [false, "50%"], [true, "50%"], [new Date(0), "50%"], [7n, "50%"], [{}, "50%"],
  ])("brings a function's %s to %s", async (said, weight) => {
    const { health } = fresh();
    health.register("queue", () => ({ status: "warn" }));
    expect(await lineOf(health, { degradedWeight: () => said as number })).toBe(`ready up ${weight}\n`);
  });

  it.each([
    ["one of a weight", () => Promise.resolve(7)],
    ["one that is rejected", () => Promise.reject(new Error("no figure"))],
    ["what is nearly one and throws", () => ({ then: () => { throw new Error("no figure"); } })],
  ])("takes no promise for a weight, and leaves none unhandled: %s", async (_which, degradedWeight) => {
    const heard: unknown[] = [];
    const hear = (reason: unknown): void => void heard.push(reason);
    process.on("unhandledRejection", hear);
    onTestFinished(() => void process.off("unhandledRejection", hear));
    const { health } = fresh();
    health.register("queue", () => ({ status: "warn" }));
    expect(await lineOf(health, { degradedWeight: degradedWeight as unknown as () => number })).toBe("ready up 50%\n");
    await turns();
    expect(heard).toEqual([]);
  });

  it("says half the weight when the function throws, and asks it only while degraded", async () => {
    const { health } = fresh();
    let status: "ok" | "warn" = "ok";
    let asked = 0;
    health.register("queue", () => ({ status }));
    const { port } = await agent(health, {
      degradedWeight: () => {
        asked += 1;
        throw new Error("no figure");
      },
    });
    expect([await line(port), asked]).toEqual(["ready up 100%\n", 0]);
    status = "warn";
    expect([await line(port), asked]).toEqual(["ready up 50%\n", 1]);
  });

  it("says down and the names of the causes while unhealthy, and nothing of what they said", async () => {
    const { health } = fresh();
    health.register("database", () => {
      throw new Error("postgres://orders:secret@db refused");
    });
    health.register("cache", () => ({ status: "warn", message: "slow" }));
    expect(await lineOf(health)).toBe("down #database, cache\n");
  });

  it("says down while it starts", async () => {
    const { health } = testHealth({ startup: "manual" });
    expect(await lineOf(health)).toBe("down #starting\n");
  });

  it("cuts a long list of causes to what HAProxy keeps", async () => {
    const { health } = fresh();
    for (let index = 0; index < 50; index++) health.register(`dependency-${index}`, () => false);
    const said = await lineOf(health);
    expect(said).toMatch(/^down #dependency-0, dependency-1, .*\.\.\.\n$/);
    expect(said.length).toBe("down #".length + 100 + "\n".length);
  });

  it("says drain while draining and when closed, whatever the checks say", async () => {
    const { health } = fresh();
    health.register("database", () => false);
    const { port } = await agent(health);
    health.drain();
    expect(await line(port)).toBe("drain\n");
    await health.close();
    expect(await line(port)).toBe("drain\n");
  });

  it("runs what is due, once for all who ask", async () => {
    const { health } = testHealth();
    const { check, runs, settle } = scripted();
    health.register("database", check);
    const { port, open } = await agent(health);
    const said = Array.from({ length: 40 }, () => line(port));
    await expect.poll(() => open.size).toBe(40);
    settle(true);
    expect(new Set(await Promise.all(said))).toEqual(new Set(["ready up 100%\n"]));
    expect(runs.length).toBe(1);
  });

  it("answers within the deadline when a check hangs", async () => {
    const { health, clock } = testHealth();
    const { check, runs } = hung();
    health.register("database", check);
    const { port } = await agent(health);
    const said = line(port);
    await expect.poll(() => runs.length).toBe(1);
    await clock.advance(750);
    expect(await said).toBe("down #database\n");
  });
});

describe("haproxyAgent's sockets", () => {
  const healthy = async () => {
    const { health } = testHealth();
    health.register("database", () => true);
    return agent(health);
  };

  it("ignores what a client sends, however much that is, and answers whole", async () => {
    const { port, open } = await healthy();
    const socket = client(port);
    const said = once(socket, "data");
    const sent = new Promise((resolve) => socket.write(Buffer.alloc(20_000_000, "state?\n"), resolve));
    await expect.poll(() => open.size).toBe(1);
    const [served] = [...open];
    expect(String(await said)).toBe("ready up 100%\n");
    await sent;
    await expect.poll(() => served?.bytesRead).toBe(20_000_000);
    socket.end();
    await expect.poll(() => open.size).toBe(0);
  });

  it("answers a client that has ended its half before", async () => {
    const { health } = testHealth();
    const { check, settle } = scripted();
    health.register("database", check);
    const { port, open } = await agent(health);
    const socket = client(port).end();
    await expect.poll(() => open.size).toBe(1);
    const [served] = [...open];
    await expect.poll(() => served?.readableEnded).toBe(true);
    settle(true);
    expect(await text(socket)).toBe("ready up 100%\n");
  });

  it("lets a client go that neither reads nor closes", async () => {
    const { port, open } = await healthy();
    const socket = client(port);
    socket.pause();
    await once(socket, "connect");
    await expect.poll(() => open.size).toBe(1);
    await expect.poll(() => open.size, { timeout: 5000 }).toBe(0);
  });

  it("lets a client go that goes on sending after its answer", async () => {
    const { port, open } = await healthy();
    const socket = client(port);
    socket.on("error", () => {});
    const flood = setInterval(() => socket.writable && socket.write("x".repeat(1000)), 5);
    onTestFinished(() => clearInterval(flood));
    await expect.poll(() => open.size).toBe(1);
    await expect.poll(() => open.size, { timeout: 5000 }).toBe(0);
  });

  it("takes no harm from clients that reset, before their answer and after", async () => {
    const { health } = testHealth({ cacheMs: 0 });
    const { check, settle, runs } = scripted();
    health.register("database", check);
    const { port, open } = await agent(health);
    const early = Array.from({ length: 20 }, () => client(port));
    await expect.poll(() => open.size).toBe(20);
    for (const socket of early) socket.resetAndDestroy();
    await expect.poll(() => open.size).toBe(0);
    expect(runs[0]?.signal.aborted).toBe(false);
    settle(true);
    const late = client(port);
    await expect.poll(() => runs.length).toBe(2);
    settle(true);
    await once(late, "data");
    late.resetAndDestroy();
    await expect.poll(() => open.size).toBe(0);
  });

  it("cuts the connection that lingers after its answer when there are 256, and answers the new one", async () => {
    const { health } = testHealth();
    const { report } = health;
    const held: (() => void)[] = [];
    health.report = async (probe) => {
      if (held.length < 255) await new Promise<void>((resolve) => void held.push(resolve));
      return report(probe);
    };
    const { port, open } = await agent(health);
    const waiting = Array.from({ length: 255 }, () => line(port));
    await expect.poll(() => held.length).toBe(255);
    const lingering = client(port);
    expect(String(await once(lingering, "data"))).toBe("ready up 100%\n");
    expect(open.size).toBe(256);
    expect(await line(port)).toBe("ready up 100%\n");
    for (const resolve of held) resolve();
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["ready up 100%\n"]));
    await expect.poll(() => open.size, { timeout: 5000 }).toBe(0);
  });

  it("holds 256 connections that wait for an answer and closes any further one unanswered, until there is room", async () => {
    const { health } = testHealth({ deadlineMs: 60_000, timeoutMs: 60_000 });
    const { check, settle, runs } = scripted();
    health.register("database", check);
    const { port, open } = await agent(health);
    const held = Array.from({ length: 256 }, () => line(port));
    await expect.poll(() => open.size).toBe(256);
    expect(await line(port)).toBe("");
    settle(true);
    expect(new Set(await Promise.all(held))).toEqual(new Set(["ready up 100%\n"]));
    await expect.poll(() => open.size).toBe(0);
    expect(await line(port)).toBe("ready up 100%\n");
    expect(runs.length).toBe(1);
  });
});

describe("haproxyAgent's options", () => {
  const codeOf = (make: () => unknown): string => {
    try {
      make();
    } catch (error) {
      return isHealthError(error) ? `${error.code}: ${error.message}` : String(error);
    }
    return "nothing was thrown";
  };

  it.each([0, 101, 1.5, -1, NaN, "50", null, {}])("throw for a degradedWeight of %s", (degradedWeight) => {
    expect(codeOf(() => haproxyAgent(testHealth().health, { degradedWeight: degradedWeight as number }))).toMatch(
      /^invalid-option: degradedWeight must be a whole number from 1 to 100, or a function; got /,
    );
  });

  it("throw for a slip, for what is no options and for what is no health", () => {
    const { health } = testHealth();
    expect(codeOf(() => haproxyAgent(health, { weight: 5 } as HaproxyAgentOptions))).toBe(
      'unknown-option: haproxyAgent has no option "weight"; it has degradedWeight',
    );
    expect(codeOf(() => haproxyAgent(health, null as never))).toBe("invalid-option: haproxyAgent's options must be an object; got null");
    expect(codeOf(() => haproxyAgent({} as Health))).toMatch(/^invalid-health: /);
    expect(codeOf(() => haproxyAgent(undefined as never))).toMatch(/^invalid-health: /);
  });
});
