// The load: a process of its own, so that nothing else disturbs it. It sends at a fixed rate whether or not answers come (open loop),
// GET and POST, on kept-alive and on new connections, and repeats nothing: whatever fails is counted, with its reason and its time.
// Started by support/load-process.mjs: node load.mjs URL RATE TIMEOUT_MS; it ends the load when it is told "stop".
import { Agent, request } from "node:http";
import { setPriority } from "node:os";
import { openRecord, reasonOf } from "./support/record.mjs";

const [base, rate, timeoutMs] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];

/** How often the load is fed, in milliseconds. */
const feedMs = 5;

/** With so many requests unanswered nothing more is sent: what a machine cannot carry lowers the rate that is told, and is no failure. */
const mostInFlight = 256;

// Where the processor is short, it is the load that waits, not the service and the balancer that it is to try.
setPriority(3);

// Connections are used in turn (fifo), and one that lies idle is closed by this side: what nginx does with idle connections when it
// loads its configuration is a matter between it and its clients, and stands in the README.
const idleMs = 150;
const kept = new Agent({ keepAlive: true, scheduling: "fifo", maxFreeSockets: 256, timeout: idleMs });
const fresh = new Agent({ keepAlive: false });

const began = performance.now();
const now = () => performance.now() - began;
const record = openRecord(now);
const counts = { started: 0, heldBack: 0, inFlight: 0 };

/** The mix: every fourth request on a new connection, every third a POST, every fourth takes 20 to 200 ms. */
const nth = (n) => {
  const workMs = n % 8 < 2 ? 20 + ((n * 37) % 181) : 0;
  const path = workMs > 0 ? `/work?ms=${workMs}` : "/";
  return { isKept: n % 4 !== 0, method: n % 3 === 0 ? "POST" : "GET", path, workMs };
};

const outgoingOf = ({ isKept, method, path }) =>
  request(base + path, { agent: isKept ? kept : fresh, method, headers: method === "POST" ? { "content-length": 5 } : {} });

const tooLate = () => Object.assign(new Error("no answer in time"), { code: "TIMEOUT" });

const judge = (call, { statusCode, headers }, reused) => {
  const by = headers["x-version"];
  if (statusCode >= 400) record.failed(call, { reason: `status ${statusCode}`, reused, by });
  else record.answered(call, by ?? "none");
};

const send = (n) => {
  const call = { ...nth(n), sentAt: now() };
  const outgoing = outgoingOf(call);
  const timer = setTimeout(() => outgoing.destroy(tooLate()), timeoutMs);
  const state = { isOver: false, hasBegun: false };
  const over = (settle) => {
    if (state.isOver) return;
    state.isOver = true;
    counts.inFlight -= 1;
    clearTimeout(timer);
    settle(outgoing.reusedSocket);
  };
  const lose = (error) => over((reused) => record.failed(call, { reason: reasonOf(error, { reused, hasBegun: state.hasBegun }), reused }));
  outgoing.on("error", lose).on("response", (response) => {
    state.hasBegun = true;
    response.on("error", lose).on("end", () => over((reused) => judge(call, response, reused))).resume();
  });
  outgoing.end(call.method === "POST" ? "order" : undefined);
  counts.started += 1;
  counts.inFlight += 1;
  record.sent(call);
};

const feed = () => {
  const due = Math.floor((now() * rate) / 1000);
  while (counts.started + counts.heldBack < due && counts.inFlight < mostInFlight) send(counts.started);
  counts.heldBack = due - counts.started;
};

const beganAt = performance.timeOrigin + began;

const tell = (sendingMs) => {
  const { started, heldBack } = counts;
  const report = { ...record.result(), rate, beganAt, sendingMs, heldBack, achievedRate: (started * 1000) / sendingMs };
  process.send({ report }, () => process.disconnect());
};

const feeding = setInterval(feed, feedMs);

const stop = () => {
  clearInterval(feeding);
  const sendingMs = now();
  const waiting = setInterval(() => {
    if (counts.inFlight > 0) return;
    clearInterval(waiting);
    kept.destroy();
    tell(sendingMs);
  }, 10);
};

process.once("message", stop);
process.once("disconnect", () => process.exit());
process.send({ beganAt });
