import dns from "node:dns";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import Fastify, { type FastifyInstance } from "fastify";
import { fastifyHealth } from "probekit/fastify";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { listen } from "../adapters/listen.js";
import { becomes, lineTo } from "./support/line.js";
import { endlessDelay, loggingHealth, scene } from "./support/scene.js";

type Told = (error: null, found: string | readonly dns.LookupAddress[], family?: number) => void;

const listening = async (app: FastifyInstance, host = "127.0.0.1"): Promise<number> => {
  await app.listen({ port: 0, host });
  return (app.server.address() as AddressInfo).port;
};

/** An instance that writes down what ends in which order. */
const recorded = () => {
  const order: string[] = [];
  const app = Fastify();
  let release = (): void => {};
  app.get("/slow", () => new Promise((resolve) => (release = () => resolve("slow"))));
  app.get("/", async () => "hello");
  app.addHook("preClose", async () => void order.push("preClose"));
  app.addHook("onClose", async () => void order.push("onClose first"));
  app.addHook("onClose", async () => void order.push("onClose last"));
  app.server.on("close", () => order.push("connections"));
  return { app, order, release: () => release() };
};

describe("a Fastify instance", () => {
  it("that forces its connections to close cuts none that has a request in flight", async () => {
    const app = Fastify({ forceCloseConnections: true });
    let release = (): void => {};
    let [isAsked, isClosing] = [false, false];
    app.get("/slow", () => {
      isAsked = true;
      return new Promise((resolve) => (release = () => resolve("slow")));
    });
    app.addHook("preClose", async () => void (isClosing = true));
    const line = await lineTo(await listening(app));
    line.ask("/slow");
    await becomes(() => isAsked, true);
    const report = scene(app).shutdown();
    // It is closed a second after it stopped listening.
    await becomes(() => isClosing, true);
    release();
    expect(await report).toMatchObject({ exitCode: 0, unfinished: [] });
    await line.closed();
    expect(line.got()).toContain("slow");
  });

  it("keeps the order of its own hooks, and the shutdown's come after them", async () => {
    const { app, order } = recorded();
    await listening(app);
    const made = loggingHealth();
    made.health.on("lifecycle", ({ lifecycle }) => order.push(lifecycle));
    const { shutdown, onShutdown } = scene(app, {}, made);
    onShutdown("pool", () => order.push("pool"));
    expect(await shutdown()).toMatchObject({ exitCode: 0, unfinished: [] });
    // Fastify closes its server once more, and Node says so once more.
    expect(order).toEqual(["draining", "connections", "closed", "preClose", "connections", "onClose last", "onClose first", "pool"]);
  });

  it("closes itself a second after listening ended at the latest, because its preClose hooks may end what is in flight", async () => {
    const app = Fastify();
    let end = (): void => {};
    app.get("/stream", (_, reply) => {
      reply.raw.writeHead(200).write("begun");
      end = () => void reply.raw.end("ended");
      reply.hijack();
    });
    app.addHook("preClose", async () => void end());
    const line = await lineTo(await listening(app));
    line.ask("/stream");
    await line.heard("begun");
    const report = await scene(app).shutdown();
    await line.closed();
    expect(line.got()).toContain("ended");
    expect(report).toMatchObject({ exitCode: 0 });
    expect(report.tookMs).toBeGreaterThanOrEqual(998);
  });

  it("answers its routes with 200 and ready with 503 during the delay", async () => {
    const app = Fastify();
    app.get("/work", async () => "done");
    const made = loggingHealth();
    await app.register(fastifyHealth, { health: made.health });
    const port = await listening(app);
    void scene(app, endlessDelay, made).shutdown();
    const statuses = ["/work", "/health/ready", "/health/live"].map(async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).status);
    expect(await Promise.all(statuses)).toEqual([200, 503, 200]);
  });

  it("serves a request that was on its way when listening ended", async () => {
    const { app, release } = recorded();
    const port = await listening(app);
    const { shutdown } = scene(app);
    const [busy, silent] = [await lineTo(port), await lineTo(port)];
    let waiting = 0;
    app.server.on("request", () => (waiting += 1));
    busy.ask("/slow");
    await becomes(() => waiting, 1);
    const ended = shutdown();
    silent.ask("/");
    await silent.closed();
    expect(silent.got()).toMatch(/^HTTP\/1\.1 200 OK[^]*hello$/);
    release();
    await busy.closed();
    expect(busy.got()).toMatch(/connection: close[^]*slow/i);
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("ends within the limit though it keeps connections for 72 s and an onClose hook hangs", async () => {
    const app = Fastify();
    app.get("/", async () => "hello");
    app.addHook("onClose", () => new Promise<void>(() => {}));
    const line = await lineTo(await listening(app));
    line.ask("/");
    await line.heard("hello");
    expect(app.server.keepAliveTimeout).toBe(72_000);
    const { shutdown, lines } = scene(app, { hookTimeoutMs: 100 });
    expect(await shutdown()).toMatchObject({ exitCode: 1, unfinished: ['hook "fastify.close()" (not finished within 100 ms)'] });
    expect(lines).toContain('error: hook "fastify.close()" did not finish within 100 ms; the shutdown goes on');
  });

  it("that fails to close is logged, and the hooks run", async () => {
    const app = Fastify();
    app.addHook("onClose", async () => {
      throw new Error("no way");
    });
    await listening(app);
    const { shutdown, onShutdown, lines } = scene(app);
    let hasRun = false;
    onShutdown("pool", () => (hasRun = true));
    expect(await shutdown()).toMatchObject({ exitCode: 1 });
    expect([hasRun, lines.some((line) => line === 'error: hook "fastify.close()" failed (no way)')]).toEqual([true, true]);
  });

  it("that is not started yet is closed without delay", async () => {
    const { app, order } = recorded();
    const report = await scene(app, { drainDelayMs: 500_000, timeoutMs: 600_000 }).shutdown();
    expect(report).toMatchObject({ exitCode: 0 });
    expect(order.filter((each) => each !== "connections")).toEqual(["preClose", "onClose last", "onClose first"]);
  });

  it("that begins to listen in spite of that is closed again", async () => {
    const app = Fastify();
    const { shutdown } = scene(app);
    await shutdown();
    await app.listen({ port: 0 });
    expect(app.server.listening).toBe(true);
    await becomes(() => app.server.listening, false);
  });

  it("closes connections by their answers, and itself, on every address that it listens on", async () => {
    const { app } = recorded();
    const addresses = ["127.0.0.1", "127.0.0.2"].map((address) => ({ address, family: 4 }));
    // Fastify starts a server for each address of a name.
    const lookup = vi.spyOn(dns, "lookup").mockImplementation(((name: string, ...[options, told]: [dns.LookupAllOptions, Told] | [Told]) => {
      const callback = told ?? (options as Told);
      if ((options as dns.LookupAllOptions).all) callback(null, addresses);
      else callback(null, name === "localhost" ? "127.0.0.1" : name, 4);
    }) as typeof dns.lookup);
    onTestFinished(() => lookup.mockRestore());
    await app.listen({ port: 0, host: "localhost" });
    const ports = (app.addresses() as AddressInfo[]).map(({ port }) => port);
    const { shutdown, breakOff } = scene(app, endlessDelay);
    void shutdown();
    for (const { address } of addresses) {
      const answer = await fetch(`http://${address}:${ports[0]}/`);
      expect([address, answer.headers.get("connection")]).toEqual([address, "close"]);
    }
    await breakOff();
    for (const { address } of addresses) await expect(fetch(`http://${address}:${ports[0]}/`)).rejects.toThrow("fetch failed");
  });

  it("stands beside another server", async () => {
    const { app, order } = recorded();
    await listening(app);
    const other = createServer(() => {});
    await listen(other);
    expect(await scene([other, app]).shutdown()).toMatchObject({ exitCode: 0 });
    expect([other.listening, order.at(-1)]).toEqual([false, "onClose first"]);
  });
});
