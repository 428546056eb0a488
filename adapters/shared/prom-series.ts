import type { CheckReport, Health, Probe } from "probekit";
import type { PerCheck } from "./per-check.js";
import { durationSamples, newDurations, type Durations } from "./prom-duration.js";
import type { Sample, Series } from "./prom-registry.js";
import { checkStatuses, lastSuccess, lifecycles, newTally, outcomes, probes, reportStatuses, type RunTally } from "./run-tally.js";

/** What is counted of a check between two scrapes. */
export interface Counted extends RunTally {
  readonly durations: Durations;
}

/** Nothing counted yet. */
export const newCounted = (): Counted => ({ ...newTally(), durations: newDurations() });

const nothing = newCounted();

type Labels = Sample["labels"];

const stateSet = (label: string, states: readonly string[], state: string, labels: Labels): Sample[] =>
  states.map((each) => ({ labels: { ...labels, [label]: each }, value: each === state ? 1 : 0 }));

const rolesOf = ({ critical, probes: held }: CheckReport): Labels => ({
  critical: String(critical),
  probes: probes.filter((probe) => held.includes(probe)).join(","),
});

const successOf = (labels: Labels, at: number | undefined): Sample[] => (at === undefined ? [] : [{ labels, value: at }]);

/** What a function says, asked once for all who want to know in the same turn: one scrape asks for every metric in one. */
const oncePerTurn = <T>(ask: () => T): (() => T) => {
  let said: { readonly value: T } | undefined;
  return () => {
    if (said === undefined) {
      said = { value: ask() };
      queueMicrotask(() => (said = undefined));
    }
    return said.value;
  };
};

/**
 * Everything that is said of a health. What a scrape shows is what `snapshot` knows at that moment, and of checks that
 * are registered at that moment; a scrape runs nothing.
 */
export const seriesOf = (health: Health, kept: PerCheck<Counted>, prefix: string): Series[] => {
  const snapshot = oncePerTurn(() => {
    const report = health.snapshot();
    kept.keep(report.checks);
    return report;
  });
  const ofProbe = (probe: Probe): Sample[] => stateSet("status", reportStatuses, health.snapshot(probe).status, { probe });
  const ofChecks = (draw: (labels: Labels, check: CheckReport, counted: Counted) => Sample[]) => (): Sample[] =>
    Object.entries(snapshot().checks).flatMap(([name, check]) => draw({ check: name }, check, kept.get(name) ?? nothing));
  const gauge = (name: string, help: string, samples: () => Sample[], aggregator: Series["aggregator"] = "sum"): Series => ({
    name: `${prefix}probekit_${name}`, help, type: "gauge", aggregator, samples, reset: () => {},
  });
  const counting = (type: "counter" | "histogram", name: string, help: string, samples: () => Sample[]): Series => ({
    name: `${prefix}probekit_${name}`, help, type, aggregator: "sum", samples, reset: kept.clear,
  });
  return [
    gauge("check_info", "A check's role: whether it is critical, and the probes it decides.",
      ofChecks((labels, check) => [{ labels: { ...labels, ...rolesOf(check) }, value: 1 }]), "max"),
    gauge("check_status", "The status of a check: 1 for the one it has, 0 for the others.",
      ofChecks((labels, { status }) => stateSet("status", checkStatuses, status, labels))),
    gauge("probe_status", "The status of a probe: 1 for the one it has, 0 for the others.", () => probes.flatMap(ofProbe)),
    gauge("lifecycle", "The life cycle of the service: 1 for where it stands, 0 for the others.",
      () => stateSet("lifecycle", lifecycles, snapshot().lifecycle, {})),
    gauge("check_last_success_timestamp_seconds", "When a run of a check last said ok or warn, in Unix time; absent before the first.",
      ofChecks((labels, check, counted) => successOf(labels, lastSuccess(check, counted))), "max"),
    counting("counter", "check_runs_total", "Runs of a check by what became of them.",
      ofChecks((labels, _check, { runs }) => outcomes.map((outcome) => ({ labels: { ...labels, outcome }, value: runs[outcome] })))),
    counting("histogram", "check_duration_seconds", "How long the runs of a check took, those that timed out included.",
      ofChecks((labels, _check, { durations }) => durationSamples(`${prefix}probekit_check_duration_seconds`, labels, durations))),
    counting("counter", "check_abandoned_runs_total", "Runs of a check that never settled and were given up.",
      ofChecks((labels, { abandoned }) => [{ labels, value: abandoned }])),
  ];
};
