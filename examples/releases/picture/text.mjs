import { columnsOf, versionsOf } from "./columns.mjs";

const most = 72;
const margin = 9;
const bars = " ▁▂▃▄▅▆▇█";

const number = (value) => Math.round(value).toLocaleString("en");

const sum = (values) => values.reduce((total, value) => total + value, 0);

const bar = (share) => (share <= 0 ? " " : bars[Math.max(1, Math.min(8, Math.round(share * 8)))]);

const row = (name, cells, note = "") => `${name.padEnd(margin)}${cells.join("")}${note === "" ? "" : `  ${note}`}`.trimEnd();

const digit = (count) => (count === 0 ? "·" : count > 9 ? "#" : String(count));

/** Bars as high as the logarithm of the latency, so that one late answer does not flatten the rest. */
const latencyRow = (name, values) => {
  const highest = Math.max(1, ...values.map((value) => value ?? 0));
  const height = (value) => (value === null ? 0 : Math.max(0.125, Math.log1p(value) / Math.log1p(highest)));
  return row(name, values.map((value) => bar(height(value))), `up to ${number(highest)} ms`);
};

const axisRow = (columns, ms) => {
  const cells = Array.from({ length: columns.length }, () => " ");
  const every = Math.max(1, Math.ceil(columns.length / 8));
  for (let at = 0; at < columns.length; at += every) {
    const label = String(Math.round((at * ms) / 100) / 10);
    if (at + label.length <= columns.length) cells.splice(at, label.length, ...label);
  }
  return row("seconds", cells);
};

const shareOf = ({ failed, versions }, version) => versions[version] / Math.max(1, failed + sum(Object.values(versions)));

const versionRows = (columns, versions) => versions.map((version) => row(version, columns.map((column) => bar(shareOf(column, version)))));

const reasonsOf = ({ reasons }) => Object.entries(reasons).map(([reason, count]) => `${number(count)} × ${reason}`).join(", ");

const whoOf = (by) => (by === "no version" ? "the balancer, or not at all" : `${by} itself`);

const byOf = ({ failedBy }) => Object.entries(failedBy).map(([by, count]) => `${number(count)} by ${whoOf(by)}`).join(", ");

const killNotes = ({ inFlightAtKill, notInFlightAtKill }) =>
  inFlightAtKill === undefined
    ? []
    : [`${inFlightAtKill} of them had been sent and not answered when the process was killed; ${notInFlightAtKill} had not.`];

const failureNotes = (summary) => {
  if (summary.failed === 0) return ["No request failed, no connection was reset."];
  const span = `sent within ${(summary.failingForMs / 1000).toFixed(2)} s`;
  return [
    `${number(summary.failed)} failed (${number(summary.resets)} resets), ${span}: ${reasonsOf(summary)}.`,
    `They were answered ${byOf(summary)}.`,
    ...killNotes(summary),
  ];
};

/** The figures, as sentences. */
export const notesOf = (summary) => {
  const rate = `${number(summary.achievedRate)} a second of ${number(summary.askedRate)} asked for`;
  const sent = `${number(summary.sent)} requests in ${summary.seconds.toFixed(1)} s (${rate})`;
  return [`${sent}, ${number(summary.onNewConnections)} of them on new connections.`, ...failureNotes(summary)];
};

/** What was done and how it ended, and why if it was not released. */
export const headingOf = ({ strategy, balancer, bad, withoutShutdown }, { outcome, why }) => {
  const version = bad === undefined ? "" : `, of a version that ${bad}`;
  const missing = withoutShutdown ? ", without probekit/shutdown" : "";
  return [`${strategy} behind ${balancer}${version}${missing}: ${outcome}`, ...(why === undefined ? [] : [`because ${why}`])];
};

/** What happened, as lines for a terminal. */
export const drawText = (result, summary) => {
  const { columns, ms } = columnsOf(result, most);
  return [
    ...headingOf(result, summary),
    "",
    axisRow(columns, ms),
    ...versionRows(columns, versionsOf(result)),
    row("failed", columns.map(({ failed }) => digit(failed))),
    latencyRow("median", columns.map(({ p50 }) => p50)),
    latencyRow("p99", columns.map(({ p99 }) => p99)),
    "",
    ...notesOf(summary),
  ].join("\n");
};
