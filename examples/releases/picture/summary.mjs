/** Between processes the clocks agree to about this, in milliseconds. */
const clockMs = 20;

const count = (values) => values.reduce((counts, value) => ({ ...counts, [value]: (counts[value] ?? 0) + 1 }), {});

/** From the first request that failed to the last one, by when they were sent. */
const span = (failures) => {
  const times = failures.map(({ sentAt }) => sentAt);
  return times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
};

/** Whether a request was under way at the moment of the kill: sent before, and not answered yet. */
const wasInFlight = ({ sentAt, at }, { from, to }) => sentAt <= to + clockMs && at >= from - clockMs;

const killOf = ({ killed, load }) => {
  if (killed === undefined) return {};
  const moment = { from: killed.from - load.beganAt, to: killed.to - load.beganAt };
  const inFlight = load.failures.filter((failure) => wasInFlight(failure, moment)).length;
  return { inFlightAtKill: inFlight, notInFlightAtKill: load.totals.failed - inFlight };
};

/** The figures of a run that its picture and its tests speak of. */
export const summarise = (result) => {
  const { totals, failures, reasons, versions, achievedRate, rate } = { ...result.load, ...result.load.totals };
  const last = result.load.slots.findLast((slot) => Object.keys(slot.versions).length > 0);
  return {
    outcome: result.outcome,
    why: result.why,
    sent: totals.sent,
    answered: totals.answered,
    failed: totals.failed,
    resets: totals.resets,
    onNewConnections: totals.onNewConnections,
    onKeptConnections: totals.onKeptConnections,
    askedRate: rate,
    achievedRate,
    seconds: result.load.sendingMs / 1000,
    reasons,
    failedBy: count(failures.map(({ by }) => by)),
    failingForMs: span(failures),
    versions,
    servingAtEnd: Object.keys(last?.versions ?? {}),
    ...killOf(result),
  };
};
