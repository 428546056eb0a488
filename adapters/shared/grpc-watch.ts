import type { Health, Probe, Report } from "probekit";
import { servingStatus, type HealthCheckRequest, type HealthCheckResponse } from "./grpc-service.js";

/** What a Watch needs of @grpc/grpc-js' `ServerWritableStream`. */
export interface WatchCall {
  readonly request: HealthCheckRequest;
  readonly cancelled: boolean;
  /** Says whether there is room for more; `drain` is emitted once there is again. */
  write(message: HealthCheckResponse): boolean;
  end(): unknown;
  on(event: "cancelled" | "close" | "drain", listener: () => void): unknown;
  emit(event: "error", error: { readonly code: number; readonly details: string }): boolean;
}

/** One client that watches one service. */
interface Watcher {
  readonly call: WatchCall;
  /** The probe that its service stands for; none: the service is unknown, and stays so. */
  readonly probe: Probe | undefined;
  /** What it was told last; nothing until the first report is there. */
  told: number | undefined;
  /** It has not read what it was told: once it has, it is told what holds then, and nothing of what came between. */
  isFull: boolean;
}

/** All watchers of one service definition. */
export interface Watchers {
  readonly health: Health;
  readonly most: number;
  readonly all: Set<Watcher>;
  /** Ends the subscriptions, which are there only while somebody watches. */
  off: (() => void)[];
  /** They will be looked after at the end of this turn of the event loop. */
  isDue: boolean;
  lookedAt: number;
}

/** `markStarted()` tells no listener while startup's checks hold it: what runs say is an occasion to notice, but no more often than this. */
const lookAfterMs = 1000;

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const resourceExhausted = 8;

/** No watchers yet, and no more than `most` at once. */
export const newWatchers = (health: Health, most: number): Watchers => ({ health, most, all: new Set(), off: [], isDue: false, lookedAt: 0 });

/** What a report is to gRPC: a degraded service serves. */
export const servingOf = ({ status }: Report): number => (status === "unhealthy" ? servingStatus.notServing : servingStatus.serving);

/** Tells a client the status at once, and each change from then on, until it goes or the health is closed. */
export const watch = (watchers: Watchers, call: WatchCall, probe: Probe | undefined): void => {
  if (call.cancelled) return;
  if (watchers.all.size >= watchers.most) return void call.emit("error", { code: resourceExhausted, details: "too many watchers" });
  const watcher: Watcher = { call, probe, told: undefined, isFull: false };
  enter(watchers, watcher);
  for (const event of ["cancelled", "close"] as const) call.on(event, () => leave(watchers, watcher));
  call.on("drain", () => {
    watcher.isFull = false;
    lookSoon(watchers);
  });
  void first(watchers, watcher);
};

const enter = (watchers: Watchers, watcher: Watcher): void => {
  const { health, all } = watchers;
  all.add(watcher);
  if (all.size > 1) return;
  watchers.off = [
    health.on("change", () => lookSoon(watchers)),
    health.on("registration", () => lookSoon(watchers)),
    health.on("result", () => performance.now() - watchers.lookedAt < lookAfterMs || lookSoon(watchers)),
    health.on("lifecycle", () => look(watchers)),
  ];
};

const leave = (watchers: Watchers, watcher: Watcher): void => {
  if (!watchers.all.delete(watcher) || watchers.all.size > 0) return;
  for (const off of watchers.off.splice(0)) off();
};

// The report runs what has never run; what is told is the snapshot, which changes with the events and never without.
const first = async (watchers: Watchers, watcher: Watcher): Promise<void> => {
  if (watcher.probe !== undefined) await watchers.health.report(watcher.probe);
  if (!watchers.all.has(watcher)) return;
  watcher.told = 0;
  lookSoon(watchers);
};

const lookSoon = (watchers: Watchers): void => {
  if (watchers.isDue) return;
  watchers.isDue = true;
  setImmediate(() => {
    watchers.isDue = false;
    look(watchers);
  });
};

/** Tells everybody what has changed for them. */
const look = (watchers: Watchers): void => {
  if (watchers.all.size === 0) return;
  watchers.lookedAt = performance.now();
  const statusOf = snapshots(watchers.health);
  const { lifecycle } = watchers.health.snapshot("live");
  for (const watcher of watchers.all) {
    if (watcher.told === undefined) continue;
    tell(watchers, watcher, { status: statusOf(watcher.probe), isLast: lifecycle === "closed" });
  }
  // Startup passes with a report of it, and there may be no other prober that asks for one. One that would not pass is
  // not asked for: its runs would be the next occasion to look.
  if (lifecycle === "starting" && watchers.health.snapshot("startup").status !== "unhealthy") void watchers.health.report("startup");
};

const snapshots = (health: Health): ((probe: Probe | undefined) => number) => {
  const known = new Map<Probe | undefined, number>([[undefined, servingStatus.serviceUnknown]]);
  return (probe) => {
    const status = known.get(probe) ?? servingOf(health.snapshot(probe));
    known.set(probe, status);
    return status;
  };
};

/** Tells one watcher what it does not know yet; if that is the last of all, the stream ends: open, it would keep the server from shutting down. */
const tell = (watchers: Watchers, watcher: Watcher, { status, isLast }: { status: number; isLast: boolean }): void => {
  if (status !== watcher.told && (isLast || !watcher.isFull)) {
    watcher.told = status;
    watcher.isFull = !watcher.call.write({ status });
  }
  if (!isLast) return;
  leave(watchers, watcher);
  watcher.call.end();
};
