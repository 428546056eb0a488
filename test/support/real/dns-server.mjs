// A name server for tests: answers questions over UDP from a zone, given as JSON. What asks it is c-ares, the real client.
// node dns-server.mjs <port> '{"orders.test": {"A": ["127.0.0.1"], "MX": ["10 mail.test"]}, "broken.test": "SERVFAIL"}'
import { createSocket } from "node:dgram";

const [port, zone] = [Number(process.argv[2]), JSON.parse(process.argv[3])];
const types = { 1: "A", 2: "NS", 5: "CNAME", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 33: "SRV" };
const codes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 };

const short = (...values) => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));

const name = (text) => Buffer.concat([...text.split(".").filter(Boolean).map(chunk), Buffer.of(0)]);

const chunk = (text) => Buffer.concat([Buffer.of(Buffer.byteLength(text)), Buffer.from(text)]);

const groups = (address) => {
  const [left, right] = address.split("::").map((half) => half.split(":").filter(Boolean));
  return right === undefined ? left : [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
};

const data = {
  A: (value) => Buffer.from(value.split(".").map(Number)),
  AAAA: (value) => short(...groups(value).map((group) => Number.parseInt(group, 16))),
  TXT: (value) => Buffer.concat(value.split("|").map(chunk)),
  MX: (value) => numbers(value, 1),
  SRV: (value) => numbers(value, 3),
};

const numbers = (value, count) => {
  const parts = value.split(" ");
  return Buffer.concat([short(...parts.slice(0, count).map(Number)), name(parts[count])]);
};

const record = (type) => (value) => {
  const bytes = (data[types[type]] ?? name)(value);
  return Buffer.concat([short(0xc00c, type, 1, 0, 60, bytes.length), bytes]);
};

const questionIn = (message) => {
  const labels = [];
  let at = 12;
  for (; message[at] !== 0; at += message[at] + 1) labels.push(message.toString("latin1", at + 1, at + 1 + message[at]));
  return { name: labels.join(".").toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
};

// A name that is an alias answers any question with that alone.
const recordsOf = (known, type) => (known[types[type]] ? known[types[type]].map(record(type)) : (known.CNAME ?? []).map(record(5)));

const answerTo = (message) => {
  const { name: asked, type, end } = questionIn(message);
  const known = zone[asked] ?? "NXDOMAIN";
  if (known === "SILENT") return undefined;
  const records = typeof known === "string" ? [] : recordsOf(known, type);
  const code = typeof known === "string" ? codes[known] : codes.NOERROR;
  return Buffer.concat([message.subarray(0, 2), short(0x8180 + code, 1, records.length, 0, 0), message.subarray(12, end), ...records]);
};

const socket = createSocket("udp4", (message, { port: asker, address }) => {
  const answer = answerTo(message);
  if (answer !== undefined) socket.send(answer, asker, address);
});
socket.bind(port, "127.0.0.1");
