import { createServer, type ServerResponse } from "node:http";
import { createServer as createHttp2Server } from "node:http2";
import express from "express";
import Koa from "koa";
import { isHealthError } from "probekit";
import { httpHealth } from "probekit/http";
import { describe, expect, it } from "vitest";
import { settle as turns } from "../support/fake-clock.js";
import { scripted, testHealth } from "../support/scripted.js";
import { overHttp, overHttp2 } from "./client.js";
import { listen } from "./listen.js";

describe("node:http without a next handler", () => {
  it("answers what is not its own with a small 404", async () => {
    const port = await listen(createServer(httpHealth(testHealth().health)));
    const answer = await overHttp(port, "/orders");
    expect([answer.status, answer.body, answer.headers["content-length"]]).toStrictEqual([404, '{"error":"not found"}', "21"]);
    const head = await overHttp(port, "/orders", { method: "HEAD" });
    expect([head.status, head.body, head.headers["content-length"]]).toStrictEqual([404, "", "21"]);
    const preflight = await overHttp(port, "/health", { method: "OPTIONS", headers: { "access-control-request-method": "GET" } });
    expect(preflight.status).toBe(404);
  });
});

describe("node:http with a next handler", () => {
  it("hands an Express or a Koa application what is not its own", async () => {
    const inner = express().get("/orders", (_req, res) => void res.send("express"));
    const koa = new Koa().use((ctx) => void (ctx.body = "koa"));
    for (const [next, body] of [[inner, "express"], [koa.callback(), "koa"]] as const) {
      const port = await listen(createServer(httpHealth(testHealth().health, { next })));
      expect((await overHttp(port, "/orders")).body).toBe(body);
      expect((await overHttp(port, "/health/live")).status).toBe(200);
    }
  });

  it("takes no next that is not a function", () => {
    const mount = () => httpHealth(testHealth().health, { next: "app" as never });
    expect(mount).toThrow("next must be a function; got string");
    expect(mount).toThrow(expect.toSatisfy(isHealthError));
  });
});

it("does not cut an answer that another handler has begun", async () => {
  const { health } = testHealth();
  const { check, settle } = scripted();
  health.register("database", check);
  const mounted = httpHealth(health);
  let begin: (res: ServerResponse) => void = () => {};
  const begun = new Promise<ServerResponse>((resolve) => (begin = resolve));
  const server = createServer((req, res) => {
    mounted(req, res);
    res.writeHead(504).write("timed ");
    begin(res);
  });
  const pending = overHttp(await listen(server), "/health/ready");
  const res = await begun;
  settle(true);
  await turns();
  res.end("out");
  expect(await pending).toMatchObject({ status: 504, body: "timed out" });
});

it("answers HEAD on HTTP/2 without a stream error", async () => {
  const errors: unknown[] = [];
  const server = createHttp2Server(httpHealth(testHealth().health));
  server.on("stream", (stream) => stream.on("error", (error) => errors.push(error)));
  const port = await listen(server);
  const answer = await overHttp2(port, "/health/live", { method: "HEAD" });
  expect([answer.status, answer.body, errors]).toStrictEqual([200, "", []]);
});
