import { described, hasMethods, member, refuseClient } from "../shared/duck.js";
import { underSignal } from "../shared/under-signal.js";

interface Call {
  cancel(): void;
}

type Answered = (error: unknown, answer?: Buffer) => void;

/** A client of @grpc/grpc-js as the check sees it. */
export interface GrpcClient {
  makeUnaryRequest(...given: [...method: unknown[], answered: Answered]): Call;
  getChannel(): { getConnectivityState(tryToConnect: boolean): number };
}

const wanted = "a client of @grpc/grpc-js";

/** A client by its shape. @throws HealthError `invalid-client` for anything else */
export const grpcClientOf = (client: unknown): GrpcClient => {
  if (hasMethods(client, ["makeUnaryRequest", "getChannel"])) return client as GrpcClient;
  return refuseClient("grpcCheck", wanted, what(client));
};

const what = (client: unknown): string => {
  if (hasMethods(client, ["getConnectivityState"])) return "a channel; pass a client that uses it";
  if (hasMethods(member(client, "prototype"), ["makeUnaryRequest"])) return "a client's class; construct it first";
  return described(client);
};

/** https://grpc.github.io/grpc/core/md_doc_connectivity-semantics-and-api.html */
const shutdown = 4;

/** Why a client can't be asked; `undefined` where it can. */
export const notConnected = (client: GrpcClient): string | undefined =>
  client.getChannel().getConnectivityState(false) === shutdown ? "the client is closed" : undefined;

/** One call: its method's path, the request's bytes and what goes with it. */
export interface GrpcQuestion {
  readonly path: string;
  readonly request: Buffer;
  readonly metadata: unknown;
}

const asIs = (bytes: Buffer): Buffer => bytes;

/** Makes one call on a client's own channel; an abort cancels it. */
export const askOnChannel = async (client: GrpcClient, { path, request, metadata }: GrpcQuestion, signal: AbortSignal): Promise<Buffer> => {
  let call: Call | undefined;
  const answer = new Promise<Buffer>((resolve, reject) => {
    const answered: Answered = (error, bytes) => (error === null ? resolve(bytes ?? Buffer.alloc(0)) : reject(error as Error));
    const more = metadata === undefined ? [] : [metadata];
    call = client.makeUnaryRequest(path, asIs, asIs, request, ...more, {}, answered);
  });
  try {
    return await underSignal(signal, answer);
  } finally {
    if (signal.aborted) call?.cancel();
  }
};
