import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { launch } from "../support/processes.mjs";
import { until } from "../support/until.mjs";

/** A path as one word of the configuration, whatever stands in it. */
const quoted = (path) => `"${path.replace(/["\\$]/g, "\\$&")}"`;

const nameOf = (port) => `app-${port}`;

// A server is out after three failed checks: inter x fall + timeout check, 2.5 s here at most. drainDelayMs (3 s) has to be longer. One
// check lets it in again: the script lets nobody in that has not been asked several times.
// retries 0: HAProxy repeats nothing, so that nothing hides what a release loses. In production, and in the crash scenario, a
// connection that is refused goes to another server: nothing has been sent on it yet, so even a POST may be repeated.
const marking = " observe layer4 error-limit 1 on-error mark-down";

const serverLine = (port, weight = 100) => `  server ${nameOf(port)} 127.0.0.1:${port} weight ${weight}`;

const configuration = ({ socket, port, ports, retries = 0, serverTimeoutMs, weights }) => `global
  stats socket ${quoted(socket)} level admin

defaults
  mode http
  timeout connect 1s
  timeout client 60s
  timeout http-keep-alive 60s
  timeout server ${serverTimeoutMs}ms
  timeout check 1s
  retries ${retries}
  option redispatch 1

frontend front
  bind 127.0.0.1:${port}
  default_backend orders

backend orders
  balance roundrobin
  option httpchk
  http-check send meth GET uri /health/ready ver HTTP/1.1 hdr Host orders
  default-server check inter 500ms fall 3 rise 1${retries > 0 ? marking : ""}
${ports.map((each) => serverLine(each, weights?.[each])).join("\n")}
`;

const rowsOf = (csv) => {
  const [head = "", ...rows] = csv.replace(/^# /, "").trim().split("\n").map((line) => line.split(","));
  return rows.map((cells) => Object.fromEntries(cells.map((cell, at) => [head[at], cell])));
};

/**
 * HAProxy with a server for each port. Its own checks decide who gets traffic; weights are set on its stats socket.
 * @param setup `folder`, `port` to listen on, `ports` of the service's processes, `retries`, `serverTimeoutMs`, `weights` by port
 */
export const openHaproxy = async (setup) => {
  const [file, socket] = [join(setup.folder, "haproxy.cfg"), join(setup.folder, "stats")];
  await writeFile(file, configuration({ ...setup, socket }));
  const { exited, printed } = launch(["haproxy", "-db", "-f", file]);
  const died = exited.then(() => {
    throw new Error(`HAProxy ended by itself: ${printed()}`);
  });
  died.catch(() => {});

  const say = async (command) => {
    const stream = connect(socket);
    stream.write(`${command}\n`);
    return text(stream);
  };
  const stats = async () => {
    const rows = rowsOf(await say("show stat").catch(() => ""));
    return rows.filter(({ pxname, svname }) => pxname === "orders" && svname?.startsWith("app-"));
  };
  const upPorts = async () => (await stats()).filter(({ status }) => status.startsWith("UP")).map(({ svname }) => Number(svname.slice(4)));
  const isUp = async (instances) => {
    const up = await upPorts();
    return instances.every(({ port }) => up.includes(port));
  };

  /** Waits until its checks know who is there and who is not. */
  const settle = (instances) => {
    const isSettled = async () => (await isUp(instances)) && (await upPorts()).length === instances.length;
    return Promise.race([died, until(isSettled)]);
  };

  return {
    base: `http://127.0.0.1:${setup.port}`,
    settle,
    /** Waits until each of them gets traffic. Those that are not named leave by their own readiness. */
    serve: (instances) => Promise.race([died, until(() => isUp(instances), { what: "HAProxy did not take the new process" })]),
    setWeight: async ({ port }, weight) => {
      const complaint = (await say(`set weight orders/${nameOf(port)} ${weight}`)).trim();
      if (complaint !== "") throw new Error(`HAProxy: ${complaint}`);
    },
    /** What it has counted of one server: requests, those that are over and those that failed, and whether it is up. */
    countsOf: async ({ port }) => {
      const row = (await stats()).find(({ svname }) => svname === nameOf(port)) ?? {};
      const failed = Number(row.hrsp_5xx) + Number(row.econ) + Number(row.eresp);
      const requests = Number(row.stot);
      return { requests, over: requests - Number(row.scur), failed, isUp: row.status?.startsWith("UP") === true, check: row.check_status };
    },
  };
};
