import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterEach, describe, expect, it } from "vitest";

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

/** Starts an example on a free port; the first line of its output that has an address tells where it answers. */
const start = async (script: string, env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [script], { env: { ...process.env, PORT: "0", ...env }, stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  for await (const line of createInterface({ input: child.stdout })) {
    const base = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (base) return { base, child };
  }
  throw new Error(`${script} told no address: ${errors}`);
};

const json = async (url: string): Promise<[number, Record<string, unknown>]> => {
  const response = await fetch(url);
  return [response.status, (await response.json()) as Record<string, unknown>];
};

const hello = async (base: string): Promise<string> => (await fetch(`${base}/`)).text();

describe("the example", () => {
  it.each(["express", "fastify", "koa", "fetch"])("%s answers its probes and its own route, and ends on SIGTERM with 0", async (name) => {
    const { base, child } = await start(`examples/${name}/server.mjs`);
    for (const path of ["/health", "/health/live", "/health/ready", "/health/startup", "/health/ready/orders"]) {
      const [status, body] = await json(base + path);
      expect([path, status, body["service"]]).toEqual([path, 200, `${name}-example`]);
    }
    expect(await hello(base)).toBe("hello\n");
    const exit = once(child, "exit");
    child.kill("SIGTERM");
    expect(await exit).toEqual([0, null]);
  });

  it("koa shows everything on its internal mount alone", async () => {
    const { base } = await start("examples/koa/server.mjs");
    const [, internal] = await json(`${base}/internal/health/ready`);
    const [, open] = await json(`${base}/health/ready`);
    expect(internal).toMatchObject({ status: "degraded", checks: { orders: { message: "queue is long" } } });
    expect(JSON.stringify(open)).not.toContain("queue is long");
  });

  it("http starts when it says so, under Kubernetes' own paths", async () => {
    const { base } = await start("examples/http/server.mjs", { WARM_UP_MS: "60000" });
    expect(await json(`${base}/livez`)).toMatchObject([200, { lifecycle: "starting", checks: { "event-loop": { status: "ok" } } }]);
    expect(await json(`${base}/readyz`)).toMatchObject([503, { lifecycle: "starting" }]);
    const ready = await start("examples/http/server.mjs");
    expect(await json(`${ready.base}/startupz`)).toMatchObject([200, { status: "healthy" }]);
    expect(await json(`${ready.base}/readyz`)).toMatchObject([200, { lifecycle: "running" }]);
    expect(await hello(ready.base)).toBe("hello\n");
  });
});

describe("the demo", () => {
  it("lets one break and mend each dependency, and the probes follow", async () => {
    const { base } = await start("examples/demo/server.mjs");
    const toggle = async (name: string): Promise<string> => (await fetch(`${base}/toggle/${name}`, { method: "POST" })).text();
    const until = async (check: string, status: string): Promise<number> => {
      for (;;) {
        const [code, body] = await json(`${base}/health/ready`);
        if ((body as { checks: Record<string, { status: string }> }).checks[check]?.status === status) return code;
      }
    };
    expect(await until("database", "ok")).toBe(200);
    for (const [name, code] of [["database", 503], ["redis", 503], ["payments", 200]] as const) {
      expect(await toggle(name)).toBe(`${name} is broken\n`);
      expect(await until(name, "error")).toBe(code);
      expect((await json(`${base}/health/live`))[0]).toBe(200);
      expect(await toggle(name)).toBe(`${name} is mended\n`);
      expect(await until(name, "ok")).toBe(200);
    }
    expect((await fetch(`${base}/toggle/nothing`, { method: "POST" })).status).toBe(404);
  }, 30_000);
});
