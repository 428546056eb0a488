// A server that is asked over a connection that is no socket: what the system's own writes hide.
import { setImmediate as turn } from "node:timers/promises";
import { Duplex } from "node:stream";

const request = Buffer.from("GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1:3000\r\n\r\n");

/** Sends so many requests to a server, one after another. */
export const driver = (server) => {
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
    for (let sent = 0; sent < count; sent++) {
      await once();
      await turn();
    }
  };
};
