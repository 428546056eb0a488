import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttp2Server, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { text } from "node:stream/consumers";
import { httpHealth } from "probekit/http";
import type { Driver, Setting, Told } from "../driver.js";

type Listener = (req: IncomingMessage, res: ServerResponse) => unknown;

const refuse = (res: ServerResponse): void => {
  res.statusCode = 401;
  res.end("who are you?");
};

const application = (setting: Setting, told: Told): Listener => {
  const last: Listener = async (req, res) => {
    if (setting.guard === "after" && req.headers.authorization === undefined) return refuse(res);
    const body = await text(req);
    res.statusCode = 404;
    return res.end(`next ${req.method} ${req.url} ${setting.bodies === undefined ? "" : body}`);
  };
  const mounted = setting.mounts.reduceRight<Listener>((next, { health, options }) => httpHealth(health, { ...options, next }), last);
  return (req, res) => {
    res.setHeader("x-app", "early");
    if (setting.guard === "before" && req.headers.authorization === undefined) return refuse(res);
    const held = req.headers["x-timeout"] !== undefined;
    if (held) {
      told.timeOuts.push(() => {
        res.statusCode = 504;
        res.end("timed out");
      });
    }
    mounted(req, res);
    if (held) told.waiting();
    return undefined;
  };
};

const common = {
  malformedPath: 404,
  token: (request: unknown) => (request as IncomingMessage).headers["x-token"]?.toString(),
} as const;

export const httpDriver: Driver = {
  ...common,
  name: "node:http",
  protocol: "HTTP/1",
  start: async (setting, told) => ({ server: createServer(application(setting, told)) }),
};

// One application for both protocols, as the compatibility API promises.
const compatible = (listener: Listener) => (req: Http2ServerRequest, res: Http2ServerResponse) =>
  listener(req as unknown as IncomingMessage, res as unknown as ServerResponse);

export const http2Driver: Driver = {
  ...common,
  name: "node:http2",
  protocol: "HTTP/2",
  start: async (setting, told) => ({ server: createHttp2Server(compatible(application(setting, told))) }),
};
