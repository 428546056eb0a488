import { createServer, type Http2Server } from "node:http2";
import type { AddressInfo } from "node:net";
import * as grpc from "@grpc/grpc-js";
import { createHealth } from "probekit";
import { grpcCheck, type GrpcCheckOptions } from "probekit/checks/grpc";
import { grpcHealth } from "probekit/grpc";
import { runCheck } from "probekit/testing";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { rootAuthority, missingOpenssl } from "../support/real/certificates.js";
import { grpcHealthServer } from "../support/real/grpc-health.js";
import { describeReal, freePort, type RealServer } from "../support/real/served.js";
import { temporaryFolders } from "./support/folder.js";
import { thrown } from "./support/thrown.js";

const clientOf = (port: number, options?: grpc.ChannelOptions, host = "127.0.0.1"): grpc.Client => {
  const client = new grpc.Client(`${host}:${port}`, grpc.credentials.createInsecure(), options);
  onTestFinished(() => client.close());
  return client;
};

const asked = (client: grpc.Client, options?: GrpcCheckOptions, timeoutMs = 3000) => runCheck(grpcCheck(client, options), { timeoutMs });

const failed = (message: string) => ({ status: "error", reason: "failed", message });

/** Binds a server to a free port. */
const bound = (server: grpc.Server, credentials = grpc.ServerCredentials.createInsecure()): Promise<number> => {
  onTestFinished(() => server.forceShutdown());
  return new Promise((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", credentials, (error, port) => (error ? reject(error) : resolve(port))),
  );
};

type Handler = grpc.handleUnaryCall<Buffer, Buffer>;

/** A server whose health service answers with the bytes or the error that the test says. */
const servingOf = (handle: Handler, credentials?: grpc.ServerCredentials): Promise<number> => {
  const asIs = (bytes: Buffer): Buffer => bytes;
  const definition = {
    path: "/grpc.health.v1.Health/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: asIs,
    requestDeserialize: asIs,
    responseSerialize: asIs,
    responseDeserialize: asIs,
  } as const;
  const server = new grpc.Server();
  server.addService({ Check: definition }, { Check: handle });
  return bound(server, credentials);
};

const answering = (...bytes: number[]): Promise<number> => servingOf((_call, callback) => callback(null, Buffer.from(bytes)));

const failing = (code: grpc.status, details = "at 10.0.0.1"): Promise<number> =>
  servingOf((_call, callback) => callback({ code, details }));

describe("grpcCheck of a gRPC health server", () => {
  let server: RealServer;
  const long = `orders.${"v".repeat(300)}.Orders`;

  beforeAll(async () => {
    server = await grpcHealthServer({
      "": "SERVING",
      "orders.v1.Orders": "NOT_SERVING",
      "orders.v2.Orders": "UNKNOWN",
      "orders.v3.Orders": "SERVICE_UNKNOWN",
      [long]: "SERVING",
    });
  }, 30_000);

  afterAll(() => server.remove());

  it("says what the server says of itself or of a service", async () => {
    const client = clientOf(server.port);
    expect(await asked(client)).toMatchObject({ status: "ok" });
    expect(await asked(client, { service: "" })).toMatchObject({ status: "ok" });
    expect(await asked(client, { service: long })).toMatchObject({ status: "ok" });
    expect(await asked(client, { service: "orders.v1.Orders" })).toMatchObject(failed("the service is not serving (NOT_SERVING)"));
    expect(await asked(client, { service: "orders.v2.Orders" })).toMatchObject(failed("the service's health is not known (UNKNOWN)"));
    const unknown = "the service is unknown to the server's health service";
    expect(await asked(client, { service: "orders.v3.Orders" })).toMatchObject(failed(`${unknown} (SERVICE_UNKNOWN)`));
    expect(await asked(client, { service: "nobody" })).toMatchObject(failed(`${unknown} (NOT_FOUND)`));
  });

  it("asks over the client's own channel, and leaves that open", async () => {
    const client = clientOf(server.port);
    const channel = client.getChannel();
    await asked(client);
    expect(client.getChannel()).toBe(channel);
    expect(channel.getConnectivityState(false)).toBe(grpc.connectivityState.READY);
  });

  it("takes a client that was generated for another service", async () => {
    const Orders = grpc.makeGenericClientConstructor({}, "orders.v1.Orders");
    const orders = new Orders(`127.0.0.1:${server.port}`, grpc.credentials.createInsecure());
    onTestFinished(() => orders.close());
    expect(await asked(orders)).toMatchObject({ status: "ok" });
  });
});

describe("grpcCheck", () => {
  it("agrees with probekit's own health service", async () => {
    const health = createHealth({ logger: false });
    let isUp = true;
    health.register("database", () => isUp, { cacheMs: 0, errorCacheMs: 0 });
    const { service, implementation } = grpcHealth(health);
    const server = new grpc.Server();
    server.addService(service, implementation);
    const client = clientOf(await bound(server));
    expect(await asked(client)).toMatchObject({ status: "ok" });
    isUp = false;
    expect(await asked(client, { service: "ready" })).toMatchObject(failed("the service is not serving (NOT_SERVING)"));
    expect(await asked(client, { service: "live" })).toMatchObject({ status: "ok" });
    await health.close();
  });

  it("reads a response whatever else stands in it", async () => {
    const others = [0x12, 2, 8, 2, 0x1d, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x28, 0x96, 1];
    expect(await asked(clientOf(await answering(...others, 8, 1)))).toMatchObject({ status: "ok" });
    expect(await asked(clientOf(await answering(8, 1, ...others)))).toMatchObject({ status: "ok" });
    expect(await asked(clientOf(await answering(8, 2, 8, 1)))).toMatchObject({ status: "ok" });
    expect(await asked(clientOf(await answering()))).toMatchObject(failed("the service's health is not known (UNKNOWN)"));
  });

  it("fails for a status that it does not know, and for what is no response", async () => {
    const odd = failed("the server's answer is a status that gRPC's health service doesn't have");
    expect(await asked(clientOf(await answering(8, 4)))).toMatchObject(odd);
    expect(await asked(clientOf(await answering(8, 0x96, 1)))).toMatchObject(odd);
    const malformed = failed("the server's answer is no HealthCheckResponse");
    for (const bytes of [[8], [8, 128], [0x12, 5, 1], [0x0b], [0x1d, 1], new Array<number>(11).fill(255)]) {
      expect(await asked(clientOf(await answering(...bytes)))).toMatchObject(malformed);
    }
  });

  it("names the kind of failure by gRPC's status code, and repeats nothing of its details", async () => {
    const message = async (code: grpc.status, details?: string) => (await asked(clientOf(await failing(code, details)))).message;
    expect(await message(grpc.status.UNIMPLEMENTED)).toBe("the server has no health service (UNIMPLEMENTED)");
    expect(await message(grpc.status.UNAUTHENTICATED)).toBe("authentication failed (UNAUTHENTICATED)");
    expect(await message(grpc.status.PERMISSION_DENIED)).toBe("not permitted (PERMISSION_DENIED)");
    expect(await message(grpc.status.DEADLINE_EXCEEDED)).toBe("timed out (DEADLINE_EXCEEDED)");
    expect(await message(grpc.status.CANCELLED)).toBe("the call was cancelled (CANCELLED)");
    expect(await message(grpc.status.RESOURCE_EXHAUSTED)).toBe("the server takes no more calls (RESOURCE_EXHAUSTED)");
    expect(await message(grpc.status.UNAVAILABLE)).toBe("the server is unavailable (UNAVAILABLE)");
    expect(await message(grpc.status.INTERNAL)).toBe("the call failed (INTERNAL)");
    expect(await message(grpc.status.DATA_LOSS)).toBe("the call failed (code 15)");
  });

  it("says that a server has no health service", async () => {
    expect(await asked(clientOf(await bound(new grpc.Server())))).toMatchObject(failed("the server has no health service (UNIMPLEMENTED)"));
  });

  it("fails at once where the channel can't connect, and never waits for its next attempt", async () => {
    const port = await freePort();
    const client = clientOf(port);
    for (let turn = 0; turn < 3; turn++) expect(await asked(client)).toMatchObject(failed("connection refused (ECONNREFUSED)"));
  });

  it("tells a failed look-up", async () => {
    const client = clientOf(50_051, {}, "nobody.invalid");
    expect(await asked(client, {}, 10_000)).toMatchObject(failed("DNS: the look-up failed"));
  });

  it("tells a server that speaks no TLS", async () => {
    const client = new grpc.Client(`localhost:${await answering(8, 1)}`, grpc.credentials.createSsl());
    onTestFinished(() => client.close());
    const { status, message } = await asked(client);
    expect({ status, message }).toEqual({ status: "error", message: "TLS failed" });
  });

  it("tells a server that speaks HTTP/2 and no gRPC", async () => {
    const server: Http2Server = createServer((_request, response) => response.writeHead(503).end("no"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void server.close());
    const client = clientOf((server.address() as AddressInfo).port);
    expect(await asked(client)).toMatchObject(failed("something else than a gRPC server answered"));
  });

  it("is an error once the client is closed", async () => {
    const client = clientOf(await answering(8, 1));
    const check = grpcCheck(client);
    expect(await runCheck(check, { timeoutMs: 3000 })).toMatchObject({ status: "ok" });
    client.close();
    expect(await runCheck(check)).toMatchObject(failed("not connected: the client is closed"));
  });

  it("cancels its call when the run times out", async () => {
    const cancelled: boolean[] = [];
    let begun = 0;
    const port = await servingOf((call) => {
      begun += 1;
      call.on("cancelled", () => cancelled.push(true));
    });
    const client = clientOf(port);
    client.getChannel().getConnectivityState(true);
    expect(await asked(client, {}, 1000)).toMatchObject({ status: "error", reason: "timeout" });
    await expect.poll(() => ({ begun, cancelled: cancelled.length })).toEqual({ begun: 1, cancelled: 1 });
  });

  it("makes no call when it is aborted before it begins", async () => {
    let begun = 0;
    const client = clientOf(await servingOf(() => void (begun += 1)));
    await expect(grpcCheck(client)({ signal: AbortSignal.abort(new Error("gone")), name: "grpc" })).rejects.toThrow("gone");
    expect(client.getChannel().getConnectivityState(false)).toBe(grpc.connectivityState.IDLE);
    expect(begun).toBe(0);
  });

  it("asks for metadata at each run", async () => {
    const seen: unknown[] = [];
    const port = await servingOf((call, callback) => {
      seen.push(call.metadata.get("authorization")[0]);
      callback(null, Buffer.of(8, 1));
    });
    let token = 0;
    const metadata = () => {
      const made = new grpc.Metadata();
      made.set("authorization", `Bearer ${++token}`);
      return made;
    };
    const check = grpcCheck(clientOf(port), { metadata });
    for (let turn = 0; turn < 2; turn++) expect(await runCheck(check, { timeoutMs: 3000 })).toMatchObject({ status: "ok" });
    expect(seen).toEqual(["Bearer 1", "Bearer 2"]);
  });

  it("is an error when metadata throws or returns something else", async () => {
    const client = clientOf(await answering(8, 1));
    const returning = (value: unknown) => asked(client, { metadata: (() => value) as never });
    const returned = (what: string) => failed(`metadata must return Metadata of @grpc/grpc-js; it returned ${what}`);
    expect(await returning(undefined)).toMatchObject(returned("undefined"));
    expect(await returning({ authorization: "x" })).toMatchObject(returned("an object"));
    expect(await returning(Promise.reject(new Error("no token")))).toMatchObject(returned("a promise"));
    const throws = () => {
      throw new Error("no token");
    };
    expect(await asked(client, { metadata: throws })).toMatchObject(failed("no token"));
  });

  it("refuses what is no client", () => {
    const refused = (client: unknown) => thrown(() => grpcCheck(client as grpc.Client));
    const because = (got: string) => ({ code: "invalid-client", message: `grpcCheck takes a client of @grpc/grpc-js; got ${got}` });
    expect(refused(undefined)).toEqual(because("undefined"));
    expect(refused("127.0.0.1:50051")).toEqual(because("a string"));
    expect(refused(Promise.resolve())).toEqual(because("a promise; await it first"));
    expect(refused(grpc.Client)).toEqual(because("a client's class; construct it first"));
    const channel = new grpc.Channel("127.0.0.1:1", grpc.credentials.createInsecure(), {});
    expect(refused(channel)).toEqual(because("a channel; pass a client that uses it"));
    channel.close();
    expect(refused(new Map())).toEqual(because("an object made by Map"));
  });

  it("refuses options that it can't use", () => {
    const client = clientOf(1);
    const refused = (options: unknown) => thrown(() => grpcCheck(client, options as GrpcCheckOptions));
    const service = "service must be a string of 1024 characters at most; got";
    expect(refused({ service: 1 })).toEqual({ code: "invalid-option", message: `${service} a number` });
    expect(refused({ service: "x".repeat(1025) }).message).toBe(`${service} 1025 characters`);
    const metadata = "metadata must be a function that returns Metadata of @grpc/grpc-js; got";
    expect(refused({ metadata: new grpc.Metadata() }).message).toBe(`${metadata} an object made by Metadata`);
    const unknown = 'grpcCheck has no option "deadline"; it has service, metadata';
    expect(refused({ deadline: 5 })).toEqual({ code: "unknown-option", message: unknown });
    expect(grpcCheck(client, { service: undefined, metadata: undefined })).toBeTypeOf("function");
  });
});

describeReal("grpcCheck under TLS", missingOpenssl, () => {
  const makeFolder = temporaryFolders();

  it("tells a chain that is untrusted and a name that is wrong, and trusts what the client trusts", async () => {
    const authority = rootAuthority(makeFolder());
    const serverOf = (name: string, names: string): Promise<number> => {
      const { cert, key } = authority.issue(name, { names });
      const pair = { cert_chain: Buffer.from(cert), private_key: Buffer.from(key) };
      return servingOf((_call, callback) => callback(null, Buffer.of(8, 1)), grpc.ServerCredentials.createSsl(null, [pair]));
    };
    const said = async (roots: Buffer | null, port: number) => {
      const client = new grpc.Client(`localhost:${port}`, grpc.credentials.createSsl(roots));
      onTestFinished(() => client.close());
      const { status, message } = await asked(client);
      return { status, message };
    };
    const [right, wrong] = [await serverOf("right", "DNS:localhost"), await serverOf("wrong", "DNS:elsewhere.test")];
    const roots = Buffer.from(authority.cert);
    expect(await said(roots, right)).toEqual({ status: "ok", message: undefined });
    expect(await said(null, right)).toEqual({ status: "error", message: "TLS failed" });
    expect(await said(roots, wrong)).toEqual({ status: "error", message: "TLS failed" });
  });
});
