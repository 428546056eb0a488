import { createServer } from "node:http";
import compression from "compression";
import express, { type ErrorRequestHandler } from "express";
import express4 from "express4";
import { expressHealth } from "probekit/express";
import { describe, expect, it } from "vitest";
import { testHealth } from "../support/scripted.js";
import { overHttp } from "./client.js";
import { listen } from "./listen.js";

describe.each([
  ["Express 5", express],
  ["Express 4", express4],
])("%s", (_name, make) => {
  const healthy = () => {
    const { health } = testHealth();
    health.register("database", () => true);
    return health;
  };

  it("mounts in a router inside a router", async () => {
    const [inner, outer, app] = [make.Router(), make.Router(), make()];
    inner.use("/health", expressHealth(healthy(), { paths: { live: "/livez" } }));
    outer.use("/v1", inner);
    app.use("/api", outer);
    const port = await listen(createServer(app));
    const statuses = ["/api/v1/health", "/api/v1/health/ready", "/api/v1/health/livez/", "/api/v1/health/live", "/v1/health"].map(
      async (path) => (await overHttp(port, path)).status,
    );
    expect(await Promise.all(statuses)).toStrictEqual([200, 200, 200, 404, 404]);
  });

  it("mounts below a parameter", async () => {
    const port = await listen(createServer(make().use("/:tenant", expressHealth(healthy()))));
    expect((await overHttp(port, "/acme/health/ready")).status).toBe(200);
    expect((await overHttp(port, "/acme/health/other")).status).toBe(404);
  });

  it("keeps its length and its encoding behind compression", async () => {
    const app = make().use(compression({ threshold: 0 }), expressHealth(healthy()));
    app.get("/page", (_req, res) => void res.send("x".repeat(2000)));
    const port = await listen(createServer(app));
    const headers = { "accept-encoding": "gzip" };
    expect((await overHttp(port, "/page", { headers })).headers["content-encoding"]).toBe("gzip");
    const answer = await overHttp(port, "/health/ready", { headers });
    expect(answer.headers).not.toHaveProperty("content-encoding");
    expect(answer.headers["content-length"]).toBe(String(Buffer.byteLength(answer.body)));
  });

  it("ends the connection, and calls no error handler, when another middleware's hook throws", async () => {
    const errors: unknown[] = [];
    const app = make();
    app.use((_req, res, next) => {
      res.writeHead = () => {
        throw new Error("hook");
      };
      next();
    });
    app.use(expressHealth(healthy()));
    const failed: ErrorRequestHandler = (error, _req, _res, _next) => void errors.push(error);
    app.use(failed);
    const port = await listen(createServer(app));
    for (let request = 0; request < 2; request++) await expect(overHttp(port, "/health/ready")).rejects.toThrow("socket hang up");
    expect(errors).toStrictEqual([]);
  });
});
