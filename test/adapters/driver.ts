import type { Server } from "node:http";
import type { Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import type { Health, MountOptions } from "probekit";
import { onTestFinished } from "vitest";
import { overHttp, overHttp2, type Answer, type Sent } from "./client.js";
import { listen } from "./listen.js";

/** One mount of a health; `at` is the framework's own prefix. */
export interface Mounting {
  readonly health: Health;
  readonly options?: MountOptions<unknown>;
  readonly at?: string;
}

/** An application around the mounts, which stand in order. */
export interface Setting {
  readonly mounts: readonly Mounting[];
  /** A middleware that answers 401 to what has no `authorization`, before or after the mounts. */
  readonly guard?: "before" | "after";
  /** A JSON body parser, before or after the mounts; Fastify always has one. */
  readonly bodies?: "before" | "after";
}

/** What the application tells a case. */
export interface Told {
  /** Errors that reached the framework's error handler. */
  readonly errors: unknown[];
  /** Filled by a request with `x-timeout`: answering it with 504 from outside. */
  readonly timeOuts: (() => void)[];
  /** Called when a request with `x-timeout` is with its health. */
  waiting: () => void;
}

/** An application that runs. */
export interface Running {
  readonly server?: Server | Http2Server;
  readonly send?: (path: string, sent?: Sent) => Promise<Answer>;
  readonly close?: () => Promise<void>;
}

/**
 * How one framework runs a setting. Each application sets `x-app: early` on what it answers, answers what nobody
 * claims with 404 and `next <method> <path> <parsed body>`, and errors with 500.
 */
export interface Driver {
  readonly name: string;
  readonly protocol: "HTTP/1" | "HTTP/2" | "none";
  /** What a path with a malformed percent-encoding gets: the mount's 404, or the router's own 400. */
  readonly malformedPath: 404 | 400;
  /** Reads `x-token` from the framework's own request, with the framework's own means. */
  readonly token: (request: unknown) => string | undefined;
  readonly start: (setting: Setting, told: Told) => Promise<Running>;
}

/** A started setting, as cases use it. */
export interface Site extends Told {
  readonly port: number;
  readonly send: (path: string, sent?: Sent) => Promise<Answer>;
}

/** Starts a setting; the test stops it when it ends. */
export const open = async (driver: Driver, setting: Setting): Promise<Site> => {
  const told: Told = { errors: [], timeOuts: [], waiting: () => {} };
  const { server, send, close } = await driver.start(setting, told);
  if (close !== undefined) onTestFinished(close);
  const port = server === undefined ? 0 : await portOf(server);
  const over = driver.protocol === "HTTP/2" ? overHttp2 : overHttp;
  return Object.assign(told, { port, send: send ?? ((path: string, sent?: Sent) => over(port, path, sent)) });
};

const portOf = async (server: Server | Http2Server): Promise<number> =>
  server.listening ? (server.address() as AddressInfo).port : listen(server);
