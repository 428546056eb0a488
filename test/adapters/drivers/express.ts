import { createServer } from "node:http";
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from "express";
import express4 from "express4";
import { expressHealth } from "probekit/express";
import type { Driver, Setting, Told } from "../driver.js";

const early = (told: Told): RequestHandler => (req, res, next) => {
  res.set("x-app", "early");
  if (req.get("x-timeout")) told.timeOuts.push(() => res.status(504).send("timed out"));
  next();
  if (req.get("x-timeout")) told.waiting();
};

const guard: RequestHandler = (req, res, next) => {
  if (req.get("authorization") === undefined) res.status(401).send("who are you?");
  else next();
};

const last: RequestHandler = (req, res) => {
  res.status(404).send(`next ${req.method} ${req.originalUrl} ${JSON.stringify((req as { body?: unknown }).body) ?? ""}`);
};

const failed = (told: Told): ErrorRequestHandler => (error, _req, res, _next) => {
  told.errors.push(error);
  res.status(500).send("framework error");
};

const application = (make: typeof express, { mounts, guard: guarded, bodies }: Setting, told: Told): Express => {
  const app = make();
  app.use(early(told));
  if (bodies === "before") app.use(make.json());
  if (guarded === "before") app.use(guard);
  for (const { health, options, at } of mounts) {
    if (at === undefined) app.use(expressHealth(health, options));
    else app.use(at, expressHealth(health, options));
  }
  if (bodies === "after") app.use(make.json());
  if (guarded === "after") app.use(guard);
  app.use(last);
  app.use(failed(told));
  return app;
};

const driver = (name: string, make: typeof express): Driver => ({
  name,
  protocol: "HTTP/1",
  malformedPath: 404,
  token: (request) => (request as Request).get("x-token"),
  start: async (setting, told) => ({ server: createServer(application(make, setting, told)) }),
});

export const express5Driver = driver("Express 5", express);
export const express4Driver = driver("Express 4", express4);
