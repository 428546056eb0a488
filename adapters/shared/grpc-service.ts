import { bytesField, bytesOf, fieldsOf, numberField } from "./protobuf.js";

/** `grpc.health.v1.HealthCheckRequest`. */
export interface HealthCheckRequest {
  /** The name of a service; empty: the server as a whole. */
  readonly service: string;
}

/** `grpc.health.v1.HealthCheckResponse`. */
export interface HealthCheckResponse {
  /** The number of a `ServingStatus`: 1 SERVING, 2 NOT_SERVING, 3 SERVICE_UNKNOWN. */
  readonly status: number;
}

/** `grpc.health.v1.HealthListResponse`. */
export interface HealthListResponse {
  readonly statuses: Readonly<Record<string, HealthCheckResponse>>;
}

/** How one method's messages are written and read, as @grpc/grpc-js wants it. */
export interface GrpcMethod<Request, Response> {
  readonly path: string;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
  readonly requestSerialize: (request: Request) => Buffer;
  readonly requestDeserialize: (bytes: Buffer) => Request;
  readonly responseSerialize: (response: Response) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Response;
}

/** `grpc.health.v1.Health`: what `server.addService` and `makeGenericClientConstructor` take. */
export type GrpcHealthService = {
  readonly Check: GrpcMethod<HealthCheckRequest, HealthCheckResponse>;
  readonly List: GrpcMethod<Readonly<Record<string, never>>, HealthListResponse>;
  readonly Watch: GrpcMethod<HealthCheckRequest, HealthCheckResponse>;
};

/** Numbers of `grpc.health.v1.HealthCheckResponse.ServingStatus`. */
export const servingStatus = { serving: 1, notServing: 2, serviceUnknown: 3 } as const;

const text = (field: number, value: string): Buffer => (value === "" ? Buffer.alloc(0) : bytesField(field, Buffer.from(value)));

const request = {
  requestStream: false,
  requestSerialize: ({ service }: HealthCheckRequest): Buffer => text(1, service),
  requestDeserialize: (bytes: Buffer): HealthCheckRequest => ({ service: bytesOf(bytes, 1).toString() }),
} as const;

const writeResponse = ({ status }: HealthCheckResponse): Buffer => numberField(1, status);

const readResponse = (bytes: Buffer): HealthCheckResponse => {
  let status = 0;
  for (const [field, value] of fieldsOf(bytes)) if (field === 1 && typeof value === "number") status = value;
  return { status };
};

const response = { responseSerialize: writeResponse, responseDeserialize: readResponse } as const;

// A map is a repeated message of a key and a value: https://protobuf.dev/programming-guides/encoding/#maps
const writeList = ({ statuses }: HealthListResponse): Buffer =>
  Buffer.concat(Object.entries(statuses).map(([name, each]) => bytesField(1, Buffer.concat([text(1, name), bytesField(2, writeResponse(each))]))));

const readList = (bytes: Buffer): HealthListResponse => {
  const entries = [...fieldsOf(bytes)].flatMap(([field, value]) => (field === 1 && typeof value !== "number" ? [value] : []));
  return { statuses: Object.fromEntries(entries.map((entry) => [bytesOf(entry, 1).toString(), readResponse(bytesOf(entry, 2))])) };
};

const path = (method: string): string => `/grpc.health.v1.Health/${method}`;

/** The service's definition: https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto */
export const healthService: GrpcHealthService = {
  Check: { path: path("Check"), responseStream: false, ...request, ...response },
  List: {
    path: path("List"),
    requestStream: false,
    responseStream: false,
    requestSerialize: () => Buffer.alloc(0),
    requestDeserialize: () => ({}),
    responseSerialize: writeList,
    responseDeserialize: readList,
  },
  Watch: { path: path("Watch"), responseStream: true, ...request, ...response },
};
