import { createServer } from "node:http";
import { nextServer } from "probekit/shutdown";
import { describe, expect, it } from "vitest";
import { listen } from "../adapters/listen.js";
import { becomes, lineTo } from "./support/line.js";
import { endlessDelay, scene } from "./support/scene.js";

const hello = () => createServer((_, response) => void response.end("hello"));

const ask = async (port: number): Promise<string | null> => (await fetch(`http://127.0.0.1:${port}/`)).headers.get("connection");

describe("servers that are found", () => {
  it("are shut down as those that are handed over", async () => {
    const server = createServer((request, response) => void (request.url === "/slow" || response.end("hello")));
    const port = await listen(server);
    const { shutdown, lines } = scene(nextServer(), { drainDelayMs: 20 });
    expect(await ask(port)).toBe("keep-alive");
    const line = await lineTo(port);
    line.ask("/slow");
    await becomes(() => new Promise((resolve) => void server.getConnections((_, count) => resolve(count))), 2);
    const ended = shutdown();
    await becomes(() => lines.includes("info: no longer listening; 1 request in flight (GET /slow)"), true);
    expect(server.listening).toBe(false);
    line.socket.destroy();
    expect(await ended).toMatchObject({ exitCode: 0 });
  });

  it("during the delay are drained from the request on that gives them away", async () => {
    const [known, late] = [hello(), hello()];
    const [knownPort, latePort] = [await listen(known), await listen(late)];
    const { shutdown } = scene(nextServer(), endlessDelay);
    await ask(knownPort);
    void shutdown();
    expect(await ask(latePort)).toBe("close");
  });

  it("may listen though none was found, so that the delay is kept", async () => {
    const { shutdown, lines } = scene(nextServer(), { drainDelayMs: 40 });
    const report = await shutdown();
    expect(report).toMatchObject({ exitCode: 0, unfinished: [] });
    expect(report.tookMs).toBeGreaterThanOrEqual(38);
    expect(lines.slice(1)).toEqual([
      "info: shutdown began: shutdown(); serving for 40 ms more",
      expect.stringMatching(/^warn: NEXT_MANUAL_SIG_HANDLE=true is not set/),
      expect.stringContaining("shutdown finished"),
    ]);
  });

  it("are searched no more once listening ended", async () => {
    const server = hello();
    const port = await listen(server);
    await scene(nextServer()).shutdown();
    expect(await ask(port)).toBe("keep-alive");
    expect(server.listenerCount("connection")).toBe(hello().listenerCount("connection"));
  });
});
