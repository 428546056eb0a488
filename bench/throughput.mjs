// What a prober takes from the application: CPU of a saturated server, with and without probes beside its own requests.
import { Agent, request } from "node:http";
import { median } from "./figures.mjs";
import { start } from "./load.mjs";

const perSecond = 500;

/** Asks so many times a second with an agent; resolves with how often it asked. */
const probing = (url, agent) => {
  let asked = 0;
  const ask = () => {
    asked += 1;
    // The last ones are still on their way when the server stops.
    request(url, { agent }, (response) => response.resume()).on("error", () => {}).end();
  };
  const timer = setInterval(() => {
    for (let probe = 0; probe < 5; probe++) ask();
  }, 5000 / perSecond);
  return () => {
    clearInterval(timer);
    return asked;
  };
};

/** Per cent of a core's seconds that a hundred probes a second take from a server that its own requests saturate. */
const share = async (server, url, agent) => {
  const alone = await server.measure(1);
  const before = await server.cpu();
  const stop = probing(url, agent);
  const both = await server.measure(1);
  const probes = stop();
  const taken = (await server.cpu()) - before - alone.cpu * both.requests;
  return ((taken / probes) * 100) / 1e4;
};

const sharesOf = async (url, agent, rounds) => {
  const server = await start("http", "application");
  await server.measure(2);
  const shares = [];
  for (let round = 0; round < rounds; round++) shares.push(await share(server, server.url.replace("/application", url), agent));
  server.stop();
  return median(shares);
};

/**
 * The share of the application's throughput that 100 probes a second take: what a probe costs in CPU beside a request of the
 * application, which is a constant of two lines. Measured at 500 a second, because a hundred are within the noise.
 * Over kept connections, as balancers probe, and on new ones, as the kubelet does; and what Node takes for a new connection to a constant.
 */
export const measureTaken = async (rounds = 9) => [
  { name: "100 probes a second take, over kept connections", value: await sharesOf("/health/ready", new Agent({ keepAlive: true }), rounds), unit: "%", most: 0.5 },
  { name: "the same, on a new connection each", value: await sharesOf("/health/ready", false, rounds), unit: "%" },
  { name: "100 requests a second to the application's constant, on a new connection each", value: await sharesOf("/application", false, rounds), unit: "%" },
];
