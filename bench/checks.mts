// What a ready-made check costs above the driver's own call, in CPU of this process; real servers, started here.
// Run through tsx: `npx tsx bench/checks.mts`; prints a line of JSON last. ROOM=redis measures one room only.
import { digits, table } from "./figures.mjs";
import { measure, type Measured } from "./checks/measure.mjs";
import { elasticsearch, kafka, mosquitto, nats, rabbitmq } from "./checks/brokers.mjs";
import { network } from "./checks/network.mjs";
import { processes } from "./checks/process.mjs";
import { mariadb, postgres, sqlite } from "./checks/sql.mjs";
import { cluster, mongodb, redis } from "./checks/stores.mjs";
import type { Room } from "./checks/subject.mjs";

const rooms: Readonly<Record<string, Room>> = { postgres, mariadb, sqlite, redis, cluster, mongodb, nats, mosquitto, rabbitmq, kafka, elasticsearch, network, processes };

const most = 50;

const measureRoom = async (room: Room): Promise<Measured[]> => {
  const closing: (() => unknown)[] = [];
  const measured: Measured[] = [];
  try {
    for await (const subject of room((close) => void closing.unshift(close))) measured.push(await measure(subject));
  } finally {
    for (const close of closing) await close();
  }
  return measured;
};

const only = process.env["ROOM"];
const measured: Measured[] = [];
for (const [name, room] of Object.entries(rooms)) {
  if (only === undefined || only === name) measured.push(...(await measureRoom(room)));
}

const verdict = (added: number): string => (added <= most ? "reached" : "NOT REACHED");

console.log(
  table([
    ["CPU a call, in µs", "driver", "check", "added", "bound", ""],
    ...measured.map(({ name, driver, check, added }) => [name, digits(driver, 1), digits(check, 1), digits(added, 1), `at most ${most}`, verdict(added)]),
  ]),
);
console.log(JSON.stringify(measured));
