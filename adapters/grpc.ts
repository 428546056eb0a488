import type { Health, Probe } from "probekit";
import { checkHealth, knownOptions, refuse } from "./shared/adapter-options.js";
import { healthService, type GrpcHealthService, type HealthCheckRequest, type HealthCheckResponse, type HealthListResponse } from "./shared/grpc-service.js";
import { newWatchers, servingOf, watch, type WatchCall } from "./shared/grpc-watch.js";

export type { GrpcHealthService, GrpcMethod, HealthCheckRequest, HealthCheckResponse, HealthListResponse } from "./shared/grpc-service.js";
export type { WatchCall } from "./shared/grpc-watch.js";

/** Options of {@link grpcHealth}; `undefined` means the default. */
export interface GrpcHealthOptions {
  /**
   * The application's own services, by full name, and the probe that each stands for. `""` may be given another probe;
   * `live`, `ready` and `startup` may not, and there are 100 names at most, as the protocol has it for List.
   * @default none
   * @example
   * { "orders.v1.Orders": "ready" }
   */
  readonly services?: Readonly<Record<string, Probe>> | undefined;
  /** How many streams may watch at once; a further one ends with RESOURCE_EXHAUSTED. A whole number from 1. @default 10000 */
  readonly maxWatchers?: number | undefined;
}

/** A call with one request and one response. */
export interface UnaryCall<Request> {
  readonly request: Request;
}

/** How such a call is answered: with an error or with a value. */
export type UnaryCallback<Response> = (error: { readonly code: number; readonly details: string } | null, value?: Response) => void;

/** The methods of `grpc.health.v1.Health`, as `server.addService` takes them. */
export type GrpcHealthImplementation = {
  readonly Check: (call: UnaryCall<HealthCheckRequest>, callback: UnaryCallback<HealthCheckResponse>) => void;
  readonly List: (call: UnaryCall<unknown>, callback: UnaryCallback<HealthListResponse>) => void;
  readonly Watch: (call: WatchCall) => void;
};

/** What {@link grpcHealth} makes. */
export interface GrpcHealth {
  readonly service: GrpcHealthService;
  readonly implementation: GrpcHealthImplementation;
}

/** https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const notFound = 5;

const probes: readonly Probe[] = ["live", "ready", "startup"];

/**
 * gRPC's own health service (`grpc.health.v1.Health`: Check, List and Watch) for a server of @grpc/grpc-js.
 * The names `live`, `ready` and `startup` stand for the probes, `""` for ready; an unknown name is NOT_FOUND in Check and
 * SERVICE_UNKNOWN in Watch. Healthy and degraded are SERVING, unhealthy is NOT_SERVING.
 *
 * - Check and List run what is due, as a request for a report does, and answer within the health's `deadlineMs`.
 * - Watch sends the status, then each change once. Nobody probes on its behalf: a check without `intervalMs` changes only
 *   when somebody asks, so give a service that is only watched background checks. A client that does not read is told
 *   the latest status when it does.
 * - `drain()` tells those who watch ready NOT_SERVING at once; `close()` ends the streams after that: call it before
 *   `server.tryShutdown`, which waits for every stream.
 *
 * Protocol: https://github.com/grpc/grpc/blob/master/doc/health-checking.md. Kubernetes' `grpc` probes ask with Check:
 * `readinessProbe: { grpc: { port: 50051, service: ready } }`.
 * @throws HealthError naming the health or the option that is not valid
 * @example
 * const { service, implementation } = grpcHealth(health, { services: { "orders.v1.Orders": "ready" } });
 * server.addService(service, implementation);
 */
export const grpcHealth = (health: Health, options?: GrpcHealthOptions): GrpcHealth => {
  checkHealth(health);
  const given = knownOptions("grpcHealth", options, ["services", "maxWatchers"]);
  const services = servicesOf(given.services);
  const watchers = newWatchers(health, maxWatchersOf(given.maxWatchers));
  const implementation: GrpcHealthImplementation = {
    Check: ({ request }, callback) => {
      const probe = services.get(request.service);
      if (probe === undefined) callback({ code: notFound, details: "unknown service" });
      else void answer(callback, statusOf(health, probe));
    },
    List: (_call, callback) => void answer(callback, list(health, services)),
    Watch: (call) => watch(watchers, call, services.get(call.request.service)),
  };
  return { service: healthService, implementation };
};

const answer = async <Response>(callback: UnaryCallback<Response>, response: Promise<Response>): Promise<void> => callback(null, await response);

const statusOf = async (health: Health, probe: Probe): Promise<HealthCheckResponse> => ({ status: servingOf(await health.report(probe)) });

const list = async (health: Health, services: ReadonlyMap<string, Probe>): Promise<HealthListResponse> => {
  const asked = [...new Set(services.values())];
  const statuses = new Map(await Promise.all(asked.map(async (probe) => [probe, await statusOf(health, probe)] as const)));
  return { statuses: Object.fromEntries([...services].map(([name, probe]) => [name, statuses.get(probe)!])) };
};

const servicesOf = (given: GrpcHealthOptions["services"]): ReadonlyMap<string, Probe> => {
  const services = new Map<string, Probe>([["", "ready"], ...probes.map((probe) => [probe, probe] as const)]);
  if (given === undefined) return services;
  if (typeof given !== "object" || given === null) return refuse("services", "an object of names and probes", given);
  for (const [name, probe] of Object.entries(given)) {
    if (!probes.includes(probe)) refuse(`services[${JSON.stringify(name)}]`, '"live", "ready" or "startup"', probe);
    if (probes.includes(name as Probe) && name !== probe) refuse(`services.${name}`, `"${name}", the probe of that name`, probe);
    services.set(name, probe);
  }
  return services.size <= 100 ? services : refuse("services", "at most 100 names, with those that are always there", services.size);
};

const maxWatchersOf = (given: unknown): number => {
  if (given === undefined) return 10_000;
  return Number.isSafeInteger(given) && (given as number) >= 1 ? (given as number) : refuse("maxWatchers", "a whole number from 1", given);
};
