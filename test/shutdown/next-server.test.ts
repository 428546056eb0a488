import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createNetServer, type AddressInfo } from "node:net";
import { createHealth } from "probekit";
import { httpHealth } from "probekit/http";
import { shutdownOnSignal } from "probekit/shutdown";
import { afterEach, describe, expect, test } from "vitest";
import { isFoundServers, nextServer } from "../../shutdown/next-server.js";

const ok: RequestListener = (_req, res) => void res.end("ok");

let servers: Server[] = [];
let searches: (() => void)[] = [];
afterEach(() => {
  for (const end of searches.splice(0)) end();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const serve = async (listener = ok): Promise<Server> => {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers = [...servers, server];
  await once(server, "listening");
  return server;
};

const ask = async (server: Server): Promise<string> => (await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)).text();

const search = (found: (server: Server) => void): (() => void) => {
  const end = nextServer().search(found);
  searches = [...searches, end];
  return end;
};

describe("nextServer", () => {
  test("finds a server by its first request and tells of it once, with two searches apart", async () => {
    const seen: Server[][] = [[], []];
    for (const each of seen) search((server) => each.push(server));
    const server = await serve();
    expect(seen).toEqual([[], []]);
    for (const _ of [1, 2]) await ask(server);
    expect(seen[0]).toEqual([server]);
    expect(seen[1]).toEqual([server]);
  });

  test("finds a server that answered before the search began", async () => {
    const server = await serve();
    await ask(server);
    const seen: Server[] = [];
    search((each) => seen.push(each));
    await ask(server);
    expect(seen).toEqual([server]);
  });

  test("finds every server that is asked", async () => {
    const seen: Server[] = [];
    search((server) => seen.push(server));
    const both = [await serve(), await serve()];
    for (const server of both) await ask(server);
    expect(seen).toEqual(both);
  });

  test("tells of a server before its listeners hear the request that gave it away", async () => {
    const order: string[] = [];
    search((server) => server.prependListener("request", () => order.push("prepended")));
    const server = await serve((_req, res) => {
      order.push("application");
      res.end("ok");
    });
    expect(await ask(server)).toBe("ok");
    expect(order).toEqual(["prepended", "application"]);
  });

  test("searches no more once the search is ended", async () => {
    const seen: Server[] = [];
    const end = search((server) => seen.push(server));
    end();
    await ask(await serve());
    end();
    expect(seen).toEqual([]);
  });

  test("drains, though nobody has asked the server yet", async () => {
    const health = createHealth({ logger: false });
    const { shutdown } = shutdownOnSignal(health, nextServer(), { signals: [], exit: false, drainDelayMs: 300 });
    const server = await serve(httpHealth(health));
    const ended = shutdown();
    const ready = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/health/ready`);
    expect([ready.status, ready.headers.get("connection")]).toEqual([503, "close"]);
    const { exitCode, tookMs } = await ended;
    expect(exitCode).toBe(0);
    expect(tookMs).toBeGreaterThanOrEqual(300 - 2);
    expect(server.listening).toBe(false);
  });

  test.each([
    ["what nextServer returns", nextServer(), true],
    ["an HTTP server", createServer(), false],
    ["a net server", createNetServer(), false],
    ["null", null, false],
    ["nothing", undefined, false],
    ["a function", () => {}, false],
  ])("tells %s from a server", (_name, value, is) => {
    expect(isFoundServers(value)).toBe(is);
  });
});
