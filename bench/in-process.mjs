// Microseconds a request in this process alone, over a connection that is no socket: what the system's own writes hide.
import { setImmediate as turn } from "node:timers/promises";
import { Duplex } from "node:stream";
import { median } from "./figures.mjs";
import { servers } from "./servers/all.mjs";

const request = Buffer.from("GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n");

/** Sends one request after another to a server; resolves with the microseconds that each took. */
const driver = (server) => {
  let answered;
  const itself = function () {
    return this;
  };
  const written = (callback) => {
    callback();
    answered?.();
  };
  const connection = new Duplex({ read() {}, write: (_chunk, _encoding, callback) => written(callback), writev: (_chunks, callback) => written(callback) });
  Object.assign(connection, { setTimeout: itself, setNoDelay: itself, setKeepAlive: itself, ref: itself, unref: itself });
  server.emit("connection", connection);
  const once = () =>
    new Promise((resolve) => {
      answered = resolve;
      connection.push(request);
    });
  return async (count) => {
    const startedAt = performance.now();
    for (let sent = 0; sent < count; sent++) {
      await once();
      await turn();
    }
    return ((performance.now() - startedAt) * 1000) / count;
  };
};

/** Per framework and number of checks: microseconds a request of both baselines, the limit again, and ours. */
export const measureInProcess = async (rounds = 15, requests = 4000) => {
  const rows = [];
  for (const [framework, checks] of ["http", "express", "fastify", "koa"].flatMap((name) => [[name, 2], [name, 50]])) {
    const variants = ["limit", "limit", "habit", "ours"];
    const drivers = await Promise.all(variants.map(async (variant) => driver(await servers[framework][variant](checks))));
    const taken = variants.map(() => []);
    for (const drive of drivers) await drive(requests * 4);
    for (let round = 0; round < rounds; round++) {
      for (const [index, drive] of drivers.entries()) taken[index].push(await drive(requests));
    }
    const [limit, again, habit, ours] = taken.map(median);
    rows.push({ framework, checks, limit, again, habit, ours });
  }
  return rows;
};
