// So many requests to one server without a socket, for a counter of instructions: `node request.mjs <framework> <variant> <checks> <times>`.
// The clocks move a millisecond every forty requests, as under forty thousand a second, whatever it is counted with.
import { servers } from "./servers/all.mjs";
import { driver } from "./servers/unplugged.mjs";

const perMillisecond = 40;

const [framework, variant, checks, times] = process.argv.slice(2);
const server = await servers[framework][variant](Number(checks));
const send = await driver(server);

let asked = 0;
const [wall, monotonic] = [Date.now(), performance.now()];
Date.now = () => wall + Math.floor(asked / perMillisecond);
performance.now = () => monotonic + Math.floor(asked / perMillisecond);
server.prependListener("request", () => {
  asked += 1;
});
await send(Number(times));
process.exit();
