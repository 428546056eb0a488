import { HealthError, type Check, type CheckVerdict } from "probekit";
import { described, hasMethods } from "./shared/duck.js";
import { failureOf } from "./shared/failure.js";
import { askOnChannel, grpcClientOf, notConnected } from "./network/grpc-client.js";
import { kindOfGrpc } from "./network/grpc-failure.js";
import { healthCheckRequest, servingStatusOf } from "./network/grpc-health-message.js";
import { optionsOf } from "./shared/options.js";
import { quietly } from "./shared/under-signal.js";

/** What `grpcCheck` takes: the application's own client of any service of the server. */
export interface GrpcInstance {
  readonly makeUnaryRequest: (...args: never[]) => unknown;
  readonly getChannel: (...args: never[]) => unknown;
}

/** `Metadata` of @grpc/grpc-js. */
export interface GrpcMetadata {
  readonly getMap: () => unknown;
  readonly toHttp2Headers: () => unknown;
}

/** Options of {@link grpcCheck}; `undefined` always means the default. */
export interface GrpcCheckOptions {
  /** The full name of the service whose health is asked for, of 1024 characters at most; empty: the server's. @default "" */
  readonly service?: string | undefined;
  /**
   * Returns what goes with each question, a token for example: `Metadata` of the same copy of @grpc/grpc-js as the
   * client's. Credentials of the channel and the client's interceptors apply without it. @default nothing
   */
  readonly metadata?: (() => GrpcMetadata) | undefined;
}

/**
 * Asks gRPC's own health service (`grpc.health.v1.Health/Check`) over the channel of a client that your application has,
 * of whichever service; no channel is opened, and none is closed.
 *
 * SERVING is ok; NOT_SERVING, UNKNOWN and a service that the server doesn't know are errors. An aborted run cancels its
 * call. A channel that is not connected is told to connect by the call itself, which fails with the attempt, and never
 * waits for the next (unless the `metadata` or the channel's service config says `waitForReady`). Between attempts
 * grpc-js waits for 1 s, then ever longer up to 120 s, and nothing can hurry it: until then the server is an error,
 * for your application's own calls as well. Set `grpc.initial_reconnect_backoff_ms` and `grpc.max_reconnect_backoff_ms`
 * of the client so that it is soon back; and `grpc.keepalive_time_ms`, without which a connection that has gone dark is
 * kept until the kernel gives it up.
 * @param client a client of @grpc/grpc-js
 * @throws HealthError `invalid-client` for anything else, `invalid-option` or `unknown-option`
 * @example health.register("payments", grpcCheck(payments, { service: "payments.v1.Payments" }));
 */
export const grpcCheck = (client: GrpcInstance, options?: GrpcCheckOptions): Check => {
  const given = grpcClientOf(client);
  const { service, metadata } = optionsOf("grpcCheck", options, ["service", "metadata"]);
  const request = healthCheckRequest(serviceOf(service));
  const read = metadataOf(metadata);
  return async ({ signal }) => {
    const why = notConnected(given);
    if (why !== undefined) return { status: "error", message: `not connected: ${why}` };
    signal.throwIfAborted();
    try {
      return verdictOn(servingStatusOf(await askOnChannel(given, { path, request, metadata: read() }, signal)));
    } catch (error) {
      throw signal.aborted ? error : failureOf(error, kindOfGrpc);
    }
  };
};

const path = "/grpc.health.v1.Health/Check";

const serviceOf = (service: unknown): string => {
  if (service === undefined) return "";
  if (typeof service === "string" && service.length <= 1024) return service;
  const got = typeof service === "string" ? `${service.length} characters` : described(service);
  throw new HealthError("invalid-option", `service must be a string of 1024 characters at most; got ${got}`);
};

const metadataOf = (metadata: unknown): (() => unknown) => {
  if (metadata === undefined) return () => undefined;
  if (typeof metadata === "function") return () => expectMetadata((metadata as () => unknown)());
  throw new HealthError("invalid-option", `metadata must be a function that returns Metadata of @grpc/grpc-js; got ${described(metadata)}`);
};

const expectMetadata = (returned: unknown): unknown => {
  if (hasMethods(returned, ["getMap", "toHttp2Headers"])) return returned;
  quietly(() => returned);
  throw new Error(`metadata must return Metadata of @grpc/grpc-js; it returned ${hasMethods(returned, ["then"]) ? "a promise" : described(returned)}`);
};

/** By the numbers of `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
const verdicts: readonly CheckVerdict[] = [
  { status: "error", message: "the service's health is not known (UNKNOWN)" },
  { status: "ok" },
  { status: "error", message: "the service is not serving (NOT_SERVING)" },
  { status: "error", message: "the service is unknown to the server's health service (SERVICE_UNKNOWN)" },
];

const verdictOn = (status: number): CheckVerdict =>
  verdicts[status] ?? { status: "error", message: "the server's answer is a status that gRPC's health service doesn't have" };
