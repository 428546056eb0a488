// So many requests to one server without a socket, for a counter of instructions: `node request.mjs <framework> <variant> <checks> <times>`.
import { servers } from "./servers/all.mjs";
import { driver } from "./servers/unplugged.mjs";

const [framework, variant, checks, times] = process.argv.slice(2);
await driver(await servers[framework][variant](Number(checks)))(Number(times));
process.exit();
