import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createHandler, type HealthResponse } from "probekit";
import { describe, expect, it } from "vitest";
import { httpHealth } from "../../adapters/http.js";
import { testHealth } from "../support/scripted.js";

/** A health of so many checks whose clock stands still; `ask` answers at once. */
const still = async (count: number) => {
  const { health, clock } = testHealth({ service: "commandes – été" });
  for (let index = 0; index < count; index++) health.register(`dependency-${index}`, () => true);
  await health.report("ready");
  const handle = createHandler(health);
  const ask = (method = "GET") => handle({ method, url: "/health/ready", headers: {} }) as HealthResponse;
  return { health, clock, ask };
};

describe("the bytes of an answer", () => {
  it("are the body's UTF-8 where a long one is given again within its millisecond", async () => {
    const { clock, ask } = await still(50);
    const first = ask();
    expect(first.bytes).toBeUndefined();
    const again = ask();
    expect(new TextDecoder().decode(again.bytes)).toBe(first.body);
    expect(again.bytes).toHaveLength(Number(first.headers["content-length"]));
    expect(ask()).toBe(again);
    await clock.advance(1);
    expect(ask().bytes).toBeUndefined();
  });

  it("make no difference to who compares two answers", async () => {
    const { ask } = await still(50);
    const first = ask();
    const again = ask();
    expect(again.bytes).toBeDefined();
    assert.deepEqual(again, first);
  });

  it("are none of a short answer", async () => {
    const { ask } = await still(2);
    ask();
    expect(ask().bytes).toBeUndefined();
  });

  it("are not carried into the answer to HEAD", async () => {
    const { ask } = await still(50);
    ask();
    ask();
    assert.deepEqual(ask("HEAD"), { ...ask(), body: "" });
    expect(ask("HEAD").bytes).toBeUndefined();
  });

  it("are what a server writes", async () => {
    const { health, ask } = await still(50);
    const server = createServer(httpHealth(health));
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/health/ready`;
    const bodies: string[] = [];
    for (let turn = 0; turn < 3; turn++) bodies.push(await (await fetch(url)).text());
    const wanted = JSON.parse(ask().body) as { uptime: number };
    // The uptime is the process's own, drawn once for each handler's millisecond.
    expect(bodies.map((body) => ({ ...(JSON.parse(body) as object), uptime: wanted.uptime }))).toEqual([wanted, wanted, wanted]);
    expect(new Set(bodies).size).toBe(1);
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });
});
