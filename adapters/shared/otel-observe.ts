import type { CheckReport, Health, Report } from "probekit";
import type { Meter, MetricAttributes, Observer } from "./otel-meter.js";
import type { PerCheck } from "./per-check.js";
import { checkStatuses, durationBounds, lastSuccess, lifecycles, newTally, outcomes, probes, reportStatuses, type RunTally } from "./run-tally.js";

/** Everything that is told of a health. */
export const instrumentsOf = (meter: Meter) => ({
  checkStatus: meter.createObservableGauge("probekit.check.status", { unit: "1", description: "1 for the status that the check has, 0 for the others." }),
  probeStatus: meter.createObservableGauge("probekit.probe.status", { unit: "1", description: "1 for the status that the probe has, 0 for the others." }),
  lifecycle: meter.createObservableGauge("probekit.lifecycle", { unit: "1", description: "1 for where the service stands, 0 for the others." }),
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

/** A measurement under the attributes that the application gave. */
type Tell = (instrument: object, value: number, attributes: MetricAttributes) => void;

const tellSet = (tell: Tell, instrument: object, attribute: string, states: readonly string[], state: string | undefined, of: MetricAttributes = {}): void => {
  for (const each of states) tell(instrument, each === state ? 1 : 0, { ...of, [attribute]: each });
};

const nameOf = (name: string): MetricAttributes => ({ "probekit.check.name": name });

/** A callback that tells a collection what is known at its moment; it runs nothing. */
export const observing = (health: Health, kept: PerCheck<RunTally>, instruments: Instruments, attributes: MetricAttributes) => {
  let before: Report["checks"] = {};
  return (observer: Observer): void => {
    const tell: Tell = (instrument, value, own) => observer.observe(instrument, value, { ...own, ...attributes });
    const report = health.snapshot();
    kept.keep(report.checks);
    tellSet(tell, instruments.lifecycle, "probekit.lifecycle.state", lifecycles, report.lifecycle);
    for (const probe of probes) tellSet(tell, instruments.probeStatus, "probekit.probe.status", reportStatuses, health.snapshot(probe).status, { "probekit.probe.name": probe });
    // An SDK may go on exporting the last value of what is no longer observed, which must not be "ok" for ever.
    for (const [name, check] of Object.entries(before)) if (isGone(check, report.checks[name])) tellStatus(tell, instruments, name, check, undefined);
    for (const [name, check] of Object.entries(report.checks)) tellCheck(tell, instruments, name, check, { at: Date.parse(report.timestamp), tally: kept.get(name) });
    before = report.checks;
  };
};

const isGone = (before: CheckReport, now: CheckReport | undefined): boolean => now?.critical !== before.critical;

const tellStatus = (tell: Tell, { checkStatus }: Instruments, name: string, { critical }: CheckReport, status: string | undefined): void =>
  tellSet(tell, checkStatus, "probekit.check.status", checkStatuses, status, { ...nameOf(name), "probekit.check.critical": critical });

const tellCheck = (tell: Tell, instruments: Instruments, name: string, check: CheckReport, known: { at: number; tally: RunTally | undefined }): void => {
  const { runs = newTally().runs } = known.tally ?? {};
  tellStatus(tell, instruments, name, check, check.status);
  for (const outcome of outcomes) tell(instruments.runs, runs[outcome], { ...nameOf(name), "probekit.check.outcome": outcome });
  tell(instruments.abandoned, check.abandoned, nameOf(name));
  const succeededAt = lastSuccess(check, known.tally);
  if (succeededAt !== undefined) tell(instruments.sinceSuccess, Math.max(0, known.at / 1000 - succeededAt), nameOf(name));
};
