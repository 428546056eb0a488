import type { CheckReport, CheckStatus, Health, Lifecycle, Probe, ReportStatus } from "probekit";
import type { Meter, MetricAttributes, Observer } from "./otel-meter.js";
import type { PerCheck } from "./per-check.js";
import { checkStatuses, durationBounds, lastSuccess, lifecycles, outcomes, probes, reportStatuses, type RunTally } from "./run-tally.js";

/** Everything that is told of a health. */
export const instrumentsOf = (meter: Meter) => ({
  checkStatus: meter.createObservableGauge("probekit.check.status", { description: "1 for the status that the check has, 0 for the others." }),
  probeStatus: meter.createObservableGauge("probekit.probe.status", { description: "1 for the status that the probe has, 0 for the others." }),
  lifecycle: meter.createObservableGauge("probekit.lifecycle", { description: "1 for where the service stands, 0 for the others." }),
  sinceSuccess: meter.createObservableGauge("probekit.check.time_since_success", { unit: "s", description: "Time since a run of the check last said ok or warn." }),
  runs: meter.createObservableCounter("probekit.check.runs", { unit: "{run}", description: "Runs of the check by what became of them." }),
  abandoned: meter.createObservableCounter("probekit.check.abandoned_runs", { unit: "{run}", description: "Runs of the check that never settled and were given up." }),
  duration: meter.createHistogram("probekit.check.duration", {
    unit: "s",
    description: "How long the runs of the check took, those that timed out included.",
    advice: { explicitBucketBoundaries: [...durationBounds] },
  }),
});

/** What {@link instrumentsOf} made. */
export type Instruments = ReturnType<typeof instrumentsOf>;

/** Whether nobody listens: OpenTelemetry's API gives one instrument for all of a kind where no SDK stands behind it. */
export const isNoop = ({ checkStatus, probeStatus }: Instruments): boolean => checkStatus === probeStatus;

/** A measurement under the attributes that the application gave. */
type Tell = (instrument: object, value: number, attributes: MetricAttributes) => void;

const tellSet = (tell: Tell, instrument: object, attribute: string, states: readonly string[], state: string | undefined, of: MetricAttributes = {}): void => {
  for (const each of states) tell(instrument, each === state ? 1 : 0, { ...of, [attribute]: each });
};

const nameOf = (name: string): MetricAttributes => ({ "probekit.check.name": name });

/** What a collection was told of one check's gauges. */
type Told = Pick<CheckReport, "critical"> & { readonly hasSucceeded: boolean };

/** What a collection is told with. */
export interface Observing {
  readonly health: Health;
  readonly kept: PerCheck<RunTally>;
  readonly instruments: Instruments;
  /** The application's own. */
  readonly attributes: MetricAttributes;
}

/** Callbacks for collections; neither runs anything. */
export interface Observed {
  /** Tells what is known at the moment. */
  readonly now: (observer: Observer) => void;
  /** Tells that nothing is known any more: 0 in the place of each gauge that was told last. */
  readonly end: (observer: Observer) => void;
}

/** How collections are told of a health. What a gauge told last an SDK may export for ever: so what is gone is told once more, as 0. */
export const observing = ({ health, kept, instruments, attributes }: Observing): Observed => {
  let told: ReadonlyMap<string, Told> = new Map();
  const tellTo = (observer: Observer): Tell => (instrument, value, own) => observer.observe(instrument, value, { ...own, ...attributes });
  const now = (observer: Observer): void => {
    const [tell, report, before] = [tellTo(observer), health.snapshot(), told];
    const ofChecks = Object.entries(report.checks).map(([name, check]) => ({ name, check, at: Date.parse(report.timestamp) / 1000, tally: kept.at(name) }));
    told = new Map(ofChecks.map(({ name, check, tally }) => [name, { critical: check.critical, hasSucceeded: lastSuccess(check, tally) !== undefined }]));
    tellService(tell, instruments, report.lifecycle, (probe) => health.snapshot(probe).status);
    tellEnds(tell, instruments, before, told);
    for (const each of ofChecks) tellCheck(tell, instruments, each);
  };
  const end = (observer: Observer): void => {
    const tell = tellTo(observer);
    tellService(tell, instruments, undefined, () => undefined);
    tellEnds(tell, instruments, told, new Map());
  };
  return { now, end };
};

const tellService = (tell: Tell, { lifecycle, probeStatus }: Instruments, stands: Lifecycle | undefined, statusOf: (probe: Probe) => ReportStatus | undefined): void => {
  tellSet(tell, lifecycle, "probekit.lifecycle.state", lifecycles, stands);
  for (const probe of probes) tellSet(tell, probeStatus, "probekit.probe.status", reportStatuses, statusOf(probe), { "probekit.probe.name": probe });
};

const tellEnds = (tell: Tell, instruments: Instruments, before: ReadonlyMap<string, Told>, now: ReadonlyMap<string, Told>): void => {
  for (const [name, { critical, hasSucceeded }] of before) {
    if (now.get(name)?.critical !== critical) tellStatus(tell, instruments, { name, critical, status: undefined });
    if (hasSucceeded && now.get(name)?.hasSucceeded !== true) tell(instruments.sinceSuccess, 0, nameOf(name));
  }
};

const tellStatus = (tell: Tell, { checkStatus }: Instruments, of: { name: string; critical: boolean; status: CheckStatus | undefined }): void =>
  tellSet(tell, checkStatus, "probekit.check.status", checkStatuses, of.status, { ...nameOf(of.name), "probekit.check.critical": of.critical });

/** A check, the moment in Unix seconds, and what was counted. */
interface Known {
  readonly name: string;
  readonly check: CheckReport;
  readonly at: number;
  readonly tally: RunTally;
}

const tellCheck = (tell: Tell, instruments: Instruments, { name, check, at, tally }: Known): void => {
  const succeededAt = lastSuccess(check, tally);
  tellStatus(tell, instruments, { name, ...check });
  for (const outcome of outcomes) tell(instruments.runs, tally.runs[outcome], { ...nameOf(name), "probekit.check.outcome": outcome });
  tell(instruments.abandoned, check.abandoned, nameOf(name));
  if (succeededAt !== undefined) tell(instruments.sinceSuccess, Math.max(0, at - succeededAt), nameOf(name));
};
