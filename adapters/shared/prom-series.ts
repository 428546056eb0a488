import type { CheckReport, Health, Probe } from "probekit";
import type { PerCheck } from "./per-check.js";
import { clearDurations, durationSamples, newDurations, type Bounds, type Durations } from "./prom-duration.js";
import type { Labels, Sample, Series } from "./prom-registry.js";
import { checkStatuses, clearRuns, lastSuccess, lifecycles, newTally, outcomes, probes, reportStatuses, type RunTally } from "./run-tally.js";

/** What is kept of a check between two scrapes. */
export interface Counted extends RunTally {
  /** Its name and the application's own labels: one object for all its lines. */
  readonly labels: Labels;
  readonly durations: Durations;
  /** How many of its abandoned runs were before the counters were set to 0. */
  abandonedBefore: number;
}

/** Nothing counted yet. */
export const newCounted = (labels: Labels, bounds: Bounds): Counted => ({ ...newTally(), labels, durations: newDurations(bounds), abandonedBefore: 0 });

/** What the series of one health are drawn with. */
export interface Drawing {
  readonly health: Health;
  readonly kept: PerCheck<Counted>;
  readonly prefix: string;
  /** The application's own. */
  readonly labels: Labels;
}

const none: Labels = {};

const labelsFor = (label: string, states: readonly string[]): ReadonlyMap<string, Labels> => new Map(states.map((state) => [state, { [label]: state }]));

const labelsOf = {
  check: labelsFor("status", checkStatuses),
  probe: labelsFor("status", reportStatuses),
  lifecycle: labelsFor("lifecycle", lifecycles),
  outcome: labelsFor("outcome", outcomes),
};

const stateSet = (states: ReadonlyMap<string, Labels>, state: string, labels: Labels): Sample[] =>
  Array.from(states, ([each, sharedLabels]) => ({ labels, sharedLabels, value: each === state ? 1 : 0 }));

const roles = new Map<string, Labels>();

const roleOf = ({ critical, background, probes: held }: CheckReport): Labels => {
  const decided = probes.filter((probe) => held.includes(probe)).join(",");
  const key = `${critical} ${background} ${decided}`;
  const role = roles.get(key) ?? { critical: String(critical), background: String(background), probes: decided };
  roles.set(key, role);
  return role;
};

const one = (labels: Labels, value: number | undefined): Sample[] => (value === undefined ? [] : [{ labels, sharedLabels: none, value }]);

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
export const seriesOf = ({ health, kept, prefix, labels }: Drawing): Series[] => {
  const snapshot = oncePerTurn(() => health.snapshot());
  const durations = `${prefix}probekit_check_duration_seconds`;
  const ofProbe = (probe: Probe): Sample[] => stateSet(labelsOf.probe, health.snapshot(probe).status, { probe, ...labels });
  const known = oncePerTurn(() => Object.entries(snapshot().checks).map(([name, check]): [CheckReport, Counted] => [check, kept.at(name)]));
  const ofChecks = (draw: (check: CheckReport, counted: Counted) => Sample[]) => (): Sample[] => known().flatMap(([check, counted]) => draw(check, counted));
  const gauge = (name: string, help: string, samples: () => Sample[], aggregator: Series["aggregator"] = "sum"): Series => ({
    name: `${prefix}probekit_${name}`, help, type: "gauge", aggregator, samples, reset: () => {},
  });
  const counting = (type: "counter" | "histogram", [name, help]: readonly [string, string], samples: () => Sample[], clear: (counted: Counted, check: CheckReport) => void): Series => ({
    name: `${prefix}probekit_${name}`, help, type, aggregator: "sum", samples, reset: () => known().forEach(([check, counted]) => clear(counted, check)),
  });
  return [
    gauge("check_info", "A check's role: whether it is critical, whether it runs in the background, and the probes it decides.",
      ofChecks((check, counted) => [{ labels: counted.labels, sharedLabels: roleOf(check), value: 1 }]), "max"),
    gauge("check_status", "The status of a check: 1 for the one it has, 0 for the others.",
      ofChecks(({ status }, counted) => stateSet(labelsOf.check, status, counted.labels))),
    gauge("probe_status", "The status of a probe: 1 for the one it has, 0 for the others.", () => probes.flatMap(ofProbe)),
    gauge("lifecycle", "The life cycle of the service: 1 for where it stands, 0 for the others.",
      () => stateSet(labelsOf.lifecycle, snapshot().lifecycle, labels)),
    gauge("check_last_success_timestamp_seconds", "When a run of a check last said ok or warn, in Unix time; absent before the first.",
      ofChecks((check, counted) => one(counted.labels, lastSuccess(check, counted))), "max"),
    counting("counter", ["check_runs_total", "Runs of a check by what became of them."],
      ofChecks((_check, counted) => outcomes.map((outcome) => ({ labels: counted.labels, sharedLabels: labelsOf.outcome.get(outcome)!, value: counted.runs[outcome] }))), clearRuns),
    counting("histogram", ["check_duration_seconds", "How long the runs of a check took, those that timed out included."],
      ofChecks((_check, counted) => durationSamples(durations, counted.labels, counted.durations)), (counted) => clearDurations(counted.durations)),
    counting("counter", ["check_abandoned_runs_total", "Runs of a check that never settled and were given up."],
      ofChecks((check, counted) => one(counted.labels, check.abandoned - counted.abandonedBefore)), (counted, check) => (counted.abandonedBefore = check.abandoned)),
  ];
};
