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

const quantile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;

const summary = ({ sent, failed, versions, latencies }) => {
  const sorted = latencies.toSorted((a, b) => a - b);
  return { sent, failed, versions, p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), max: sorted.at(-1) ?? null };
};

/**
 * Keeps what became of each request: in all, and in slots of time.
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
    answered: ({ sentAt, workMs }, version) => {
      const at = now();
      totals.answered += 1;
      add(versions, version);
      const slot = slotAt(at);
      add(slot.versions, version);
      slot.latencies.push(Math.max(0, at - sentAt - workMs)); // What was asked to take long is no latency.
    },
    failed: ({ sentAt, method, path }, { reason, reused, by = "no version" }) => {
      const at = now();
      totals.failed += 1;
      if (isReset(reason)) totals.resets += 1;
      add(reasons, reason);
      slotAt(at).failed += 1;
      if (failures.length < keptFailures) failures.push({ at, sentAt, method, path, reused, reason, by });
    },
    result: () => ({ slotMs, totals, reasons, versions, failures, slots: slots.map(summary) }),
  };
};
