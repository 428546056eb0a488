/** Width of a slot of time, in milliseconds. */
const slotMs = 100;

/** How many failures are kept one by one; all are counted. */
const keptFailures = 1000;

const resetCodes = new Set(["ECONNRESET", "EPIPE"]);

/** What a request failed of; `reused`: on a connection that had carried others, `hasBegun`: its answer had begun. */
export const reasonOf = ({ code, message }, { reused, hasBegun }) => {
  if (code === "TIMEOUT") return "timeout";
  if (hasBegun) return "answer cut off";
  if (resetCodes.has(code)) return `reset on a ${reused ? "kept-alive" : "new"} connection`;
  return code === "ECONNREFUSED" ? "connection refused" : (code ?? message);
};

const isReset = (reason) => reason.startsWith("reset") || reason === "answer cut off";

const add = (counts, key) => (counts[key] = (counts[key] ?? 0) + 1);

/** What a request took beyond the work that it asked for, in milliseconds. */
const latencyOf = ({ sentAt, workMs }, at) => Math.max(0, Math.round((at - sentAt - workMs) * 10) / 10);

/**
 * Keeps what became of each request: in all, and in slots of time. A request counts in the slot that it was sent in, whenever its
 * answer came: an outage stands where it was, and what failed after a long wait has a latency like every other.
 * @param now milliseconds since the load began
 */
export const openRecord = (now) => {
  const slots = [];
  const failures = [];
  const [reasons, versions] = [{}, {}];
  const totals = { sent: 0, answered: 0, failed: 0, resets: 0, onNewConnections: 0, onKeptConnections: 0 };

  const slotAt = (at) => {
    const index = Math.max(0, Math.floor(at / slotMs));
    while (slots.length <= index) slots.push({ sent: 0, failed: 0, versions: {}, latencies: [] });
    return slots[index];
  };
  return {
    sent: ({ sentAt, isKept }) => {
      totals.sent += 1;
      totals[isKept ? "onKeptConnections" : "onNewConnections"] += 1;
      slotAt(sentAt).sent += 1;
    },
    answered: (call, version) => {
      const slot = slotAt(call.sentAt);
      totals.answered += 1;
      add(versions, version);
      add(slot.versions, version);
      slot.latencies.push(latencyOf(call, now()));
    },
    failed: (call, { reason, reused, by = "no version" }) => {
      const { sentAt, method, path } = call;
      const [at, slot] = [now(), slotAt(sentAt)];
      totals.failed += 1;
      if (isReset(reason)) totals.resets += 1;
      add(reasons, reason);
      slot.failed += 1;
      slot.latencies.push(latencyOf(call, at));
      if (failures.length < keptFailures) failures.push({ at, sentAt, method, path, reused, reason, by });
    },
    result: () => ({ slotMs, totals, reasons, versions, failures, slots }),
  };
};
