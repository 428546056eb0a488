import { EventEmitter } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import http2 from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import grpc, { type ClientReadableStream } from "@grpc/grpc-js";
import { load } from "@grpc/proto-loader";
import { createHealth, isHealthError, type CheckOptions, type CheckOutcome, type Health, type HealthOptions } from "probekit";
import { grpcHealth, type GrpcHealthOptions, type WatchCall } from "probekit/grpc";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { proxyTo } from "../faults/support/proxy.js";
import { hung, scripted, testHealth } from "../support/scripted.js";

/** https://github.com/grpc/grpc-proto/blob/master/grpc/health/v1/health.proto, its comments left out. */
const proto = `
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}
message HealthListRequest {}
message HealthListResponse { map<string, HealthCheckResponse> statuses = 1; }
service Health {
  rpc Check(HealthCheckRequest) returns (HealthCheckResponse);
  rpc List(HealthListRequest) returns (HealthListResponse);
  rpc Watch(HealthCheckRequest) returns (stream HealthCheckResponse);
}`;

interface Status {
  readonly status: string;
}

type Callback<T> = (error: grpc.ServiceError | null, value: T) => void;

/** What proto-loader makes of the file above: it shares no code with the adapter. */
interface Client extends grpc.Client {
  Check(request: { service: string }, options: grpc.CallOptions, callback: Callback<Status>): grpc.ClientUnaryCall;
  List(request: object, callback: Callback<{ statuses: Record<string, Status> }>): grpc.ClientUnaryCall;
  Watch(request: { service: string }, options?: grpc.CallOptions): ClientReadableStream<Status>;
}

let Generic: new (address: string, credentials: grpc.ChannelCredentials, options?: grpc.ChannelOptions) => Client;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "probekit-grpc-"));
  await writeFile(join(folder, "health.proto"), proto);
  const definition = await load(join(folder, "health.proto"), { keepCase: true, enums: String, defaults: true });
  const health = grpc.loadPackageDefinition(definition) as unknown as { grpc: { health: { v1: { Health: unknown } } } };
  Generic = health.grpc.health.v1.Health as typeof Generic;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const serverOf = async (health: Health, options?: GrpcHealthOptions): Promise<{ port: number; server: grpc.Server }> => {
  const server = new grpc.Server();
  const { service, implementation } = grpcHealth(health, options);
  server.addService(service, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  onTestFinished(() => server.forceShutdown());
  return { port, server };
};

const clientOf = (port: number, options?: grpc.ChannelOptions): Client => {
  const client = new Generic(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), options);
  onTestFinished(() => client.close());
  return client;
};

const check = (client: Client, service: string): Promise<string> =>
  new Promise((resolve) =>
    client.Check({ service }, {}, (error, value) => resolve(error ? `${grpc.status[error.code]}: ${error.details}` : value.status)),
  );

const listed = (client: Client): Promise<Record<string, string>> =>
  new Promise((resolve, reject) =>
    client.List({}, (error, value) =>
      error ? reject(error) : resolve(Object.fromEntries(Object.entries(value.statuses).map(([name, { status }]) => [name, status]))),
    ),
  );

/** What a stream said so far; the code it ended with comes last. */
const said = (stream: ClientReadableStream<Status>): string[] => {
  const all: string[] = [];
  stream.on("data", ({ status }: Status) => all.push(status));
  stream.on("error", () => {});
  stream.on("status", ({ code }) => all.push(grpc.status[code] ?? ""));
  return all;
};

const watched = (client: Client, service: string, options?: grpc.CallOptions) => {
  const stream = client.Watch({ service }, options);
  onTestFinished(() => stream.cancel());
  return { stream, all: said(stream) };
};

const become = (all: readonly string[], expected: readonly string[]): Promise<void> => expect.poll(() => all, { timeout: 3000 }).toEqual(expected);

/** A health whose one check a test turns; it counts who listens. */
const turned = (options: HealthOptions = {}, checkOptions: CheckOptions = { intervalMs: 10, staleAfterMs: 60_000 }) => {
  const health = createHealth({ logger: false, cacheMs: 0, errorCacheMs: 0, ...options });
  onTestFinished(() => health.close());
  let outcome: CheckOutcome = true;
  health.register("database", () => outcome, checkOptions);
  const { on } = health;
  let listeners = 0;
  health.on = (event, listener) => {
    listeners += 1;
    const off = on(event, listener);
    return () => {
      listeners -= 1;
      off();
    };
  };
  const settled = (): Promise<void> => expect.poll(() => health.snapshot("ready").checks["database"]?.status).toBe("ok");
  return { health, listeners: () => listeners, settled, says: (next: CheckOutcome) => void (outcome = next) };
};

/** The numbers that a Watch over HTTP/2 alone is told; its window holds two messages. */
const narrow = (port: number): (() => number[]) => {
  const session = http2.connect(`http://127.0.0.1:${port}`, { settings: { initialWindowSize: 14 } });
  session.on("error", () => {});
  onTestFinished(() => session.destroy());
  const stream = session.request({ ":method": "POST", ":path": "/grpc.health.v1.Health/Watch", "content-type": "application/grpc", te: "trailers" });
  const chunks: Buffer[] = [];
  stream.on("error", () => {}).on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.end(Buffer.alloc(5));
  // A message is five bytes of a prefix and two of a status.
  return () => Array.from(Buffer.concat(chunks)).filter((_byte, index) => index % 7 === 6);
};

describe("grpcHealth's Check", () => {
  it("answers for each probe by its name, for ready without one, and for the application's services", async () => {
    const { health } = testHealth();
    health.register("database", () => false);
    health.register("loop", () => true, { probes: ["live"] });
    const { port } = await serverOf(health, { services: { "orders.v1.Orders": "ready", "orders.v1.Ping": "live" } });
    const client = clientOf(port);
    const names = ["", "ready", "live", "startup", "orders.v1.Orders", "orders.v1.Ping"];
    const answers = await Promise.all(names.map((name) => check(client, name)));
    expect(answers).toEqual(["NOT_SERVING", "NOT_SERVING", "SERVING", "SERVING", "NOT_SERVING", "SERVING"]);
  });

  it("answers NOT_FOUND for a name that nobody gave", async () => {
    const { port } = await serverOf(testHealth().health);
    const client = clientOf(port);
    const names = ["orders", "Ready", "__proto__", "constructor", "ready ", "\0", "é".repeat(50_000)];
    for (const name of names) expect(await check(client, name)).toBe("NOT_FOUND: unknown service");
  });

  it("lets a service be called as an object's own parts are", async () => {
    const { port } = await serverOf(testHealth().health, { services: JSON.parse('{"__proto__":"ready","constructor":"live"}') });
    const client = clientOf(port);
    expect([await check(client, "__proto__"), await check(client, "constructor")]).toEqual(["SERVING", "SERVING"]);
  });

  it("counts degraded as SERVING, draining and closed as NOT_SERVING", async () => {
    const { health } = testHealth();
    health.register("queue", () => ({ status: "warn" }));
    const { port } = await serverOf(health);
    const client = clientOf(port);
    expect(await check(client, "")).toBe("SERVING");
    health.drain();
    expect([await check(client, "ready"), await check(client, "live")]).toEqual(["NOT_SERVING", "SERVING"]);
    await health.close();
    expect(await check(client, "")).toBe("NOT_SERVING");
  });

  it("gives the server as a whole another probe where it is told to", async () => {
    const { health } = testHealth();
    health.register("database", () => false);
    const { port } = await serverOf(health, { services: { "": "live" } });
    expect(await check(clientOf(port), "")).toBe("SERVING");
  });

  it("runs what is due, once for all who ask, and within the deadline", async () => {
    const { health, clock } = testHealth();
    const { runs, check: database } = hung();
    health.register("database", database);
    const { port } = await serverOf(health);
    const client = clientOf(port);
    const answers = Array.from({ length: 30 }, () => check(client, "ready"));
    await expect.poll(() => runs.length).toBe(1);
    await clock.advance(750);
    expect(new Set(await Promise.all(answers))).toEqual(new Set(["NOT_SERVING"]));
    expect(runs.length).toBe(1);
  });

  it("takes no harm from a client that goes away, and counts no failure", async () => {
    const { health, log } = testHealth();
    const { check: database, runs, settle } = scripted();
    health.register("database", database);
    const { port } = await serverOf(health);
    const client = clientOf(port);
    const codes: unknown[] = [];
    const call = client.Check({ service: "" }, {}, (error) => codes.push(error?.code));
    await expect.poll(() => runs.length).toBe(1);
    call.cancel();
    await expect.poll(() => codes).toEqual([grpc.status.CANCELLED]);
    settle(true);
    expect(await check(client, "")).toBe("SERVING");
    expect(runs[0]?.signal.aborted).toBe(false);
    expect(log.filter(({ level }) => level !== "debug")).toEqual([]);
  });
});

describe("grpcHealth's List", () => {
  it("lists every name, each probe asked once", async () => {
    const { health } = testHealth({ cacheMs: 0, errorCacheMs: 0 });
    let runs = 0;
    health.register("database", () => {
      runs += 1;
      return false;
    });
    const { port } = await serverOf(health, { services: { "orders.v1.Orders": "ready" } });
    expect(await listed(clientOf(port))).toEqual({
      "": "NOT_SERVING", live: "SERVING", ready: "NOT_SERVING", startup: "SERVING", "orders.v1.Orders": "NOT_SERVING",
    });
    expect(runs).toBe(1);
  });

  it("lists a hundred names, long ones too", async () => {
    const services = Object.fromEntries(Array.from({ length: 96 }, (_, index) => [`${"é".repeat(200)}${index}`, "ready" as const]));
    const { port } = await serverOf(testHealth().health, { services });
    const statuses = await listed(clientOf(port));
    expect(Object.keys(statuses).toSorted()).toEqual(["", "live", "ready", "startup", ...Object.keys(services)].toSorted());
    expect(new Set(Object.values(statuses))).toEqual(new Set(["SERVING"]));
  });
});

describe("grpcHealth's Watch", () => {
  it("sends the status, then each change once", async () => {
    const { health, says, settled } = turned();
    await settled();
    const { port } = await serverOf(health);
    const client = clientOf(port);
    const [ready, whole, live] = ["ready", "", "live"].map((service) => watched(client, service));
    const expected = ["SERVING"];
    await become(ready!.all, expected);
    for (const [outcome, status] of [[false, "NOT_SERVING"], [true, "SERVING"], [false, "NOT_SERVING"], [{ status: "warn" }, "SERVING"]] as const) {
      says(outcome);
      expected.push(status);
      await become(ready!.all, expected);
    }
    says(true);
    await expect.poll(() => health.snapshot("ready").checks["database"]?.status).toBe("ok");
    says(false);
    await become(whole!.all, [...expected, "NOT_SERVING"]);
    await become(ready!.all, [...expected, "NOT_SERVING"]);
    expect(live!.all).toEqual(["SERVING"]);
  });

  it("runs what has never run before it says anything", async () => {
    const { health } = testHealth();
    const { check: database, runs, settle } = scripted();
    health.register("database", database);
    const { port } = await serverOf(health);
    const { all } = watched(clientOf(port), "ready");
    await expect.poll(() => runs.length).toBe(1);
    settle(true);
    await become(all, ["SERVING"]);
  });

  it("sees what somebody else's question finds out of a check without an interval", async () => {
    const { health, says } = turned({}, {});
    const { port } = await serverOf(health);
    const client = clientOf(port);
    const { all } = watched(client, "ready");
    await become(all, ["SERVING"]);
    says(false);
    expect(await check(client, "ready")).toBe("NOT_SERVING");
    await become(all, ["SERVING", "NOT_SERVING"]);
  });

  it("sends SERVICE_UNKNOWN for a name that nobody gave, and stays open", async () => {
    const { health, says, settled } = turned();
    await settled();
    const { port } = await serverOf(health);
    const client = clientOf(port);
    const [strange, known] = [watched(client, "orders"), watched(client, "ready")];
    await become(strange.all, ["SERVICE_UNKNOWN"]);
    says(false);
    await become(known.all, ["SERVING", "NOT_SERVING"]);
    expect(strange.all).toEqual(["SERVICE_UNKNOWN"]);
    strange.stream.cancel();
    await become(strange.all, ["SERVICE_UNKNOWN", "CANCELLED"]);
  });

  it("says NOT_SERVING when the service drains, and ends when the health is closed, so that the server can shut down", async () => {
    const { health, settled, listeners } = turned();
    await settled();
    const { port, server } = await serverOf(health, { services: { orders: "ready" } });
    const client = clientOf(port);
    const [ready, live, strange] = ["orders", "live", "nobody"].map((service) => watched(client, service));
    await become(ready!.all, ["SERVING"]);
    await become(live!.all, ["SERVING"]);
    await become(strange!.all, ["SERVICE_UNKNOWN"]);
    health.drain();
    await become(ready!.all, ["SERVING", "NOT_SERVING"]);
    await health.close();
    const gone = new Promise((resolve) => server.tryShutdown(resolve));
    await become(ready!.all, ["SERVING", "NOT_SERVING", "OK"]);
    await become(live!.all, ["SERVING", "OK"]);
    await become(strange!.all, ["SERVICE_UNKNOWN", "OK"]);
    expect(await gone).toBeUndefined();
    expect(listeners()).toBe(0);
  });

  it("tells a client that comes after the end how it is, and ends", async () => {
    const { health, listeners } = turned();
    const { port } = await serverOf(health);
    await health.close();
    const client = clientOf(port);
    await become(watched(client, "").all, ["NOT_SERVING", "OK"]);
    await become(watched(client, "nobody").all, ["SERVICE_UNKNOWN", "OK"]);
    expect(listeners()).toBe(0);
  });

  it("sees startup pass though nobody else asks", async () => {
    const { health, says } = turned({}, { intervalMs: 10, initialDelayMs: 10, probes: ["startup"] });
    says(false);
    const { port } = await serverOf(health);
    const client = clientOf(port);
    const [ready, startup] = [watched(client, "ready"), watched(client, "startup")];
    await become(ready.all, ["NOT_SERVING"]);
    await become(startup.all, ["NOT_SERVING"]);
    says(true);
    await become(startup.all, ["NOT_SERVING", "SERVING"]);
    await become(ready.all, ["NOT_SERVING", "SERVING"]);
  });

  it("sees a mark of startup that finds its checks passed already", async () => {
    const { health, settled } = turned({ startup: "manual" });
    health.register("warm", () => true, { probes: ["startup"], intervalMs: 10 });
    await settled();
    const { port } = await serverOf(health);
    const { all } = watched(clientOf(port), "ready");
    await become(all, ["NOT_SERVING"]);
    health.markStarted();
    await become(all, ["NOT_SERVING", "SERVING"]);
  });

  it("sees that the only check is removed, that another is added, and that it has run", async () => {
    const { health, says } = turned();
    says(false);
    await expect.poll(() => health.snapshot("ready").checks["database"]?.status).toBe("error");
    const { port } = await serverOf(health);
    const client = clientOf(port);
    const { all } = watched(client, "ready");
    await become(all, ["NOT_SERVING"]);
    health.unregister("database");
    await become(all, ["NOT_SERVING", "SERVING"]);
    health.register("queue", () => true);
    await become(all, ["NOT_SERVING", "SERVING", "NOT_SERVING"]);
    expect(await check(client, "ready")).toBe("SERVING");
    await become(all, ["NOT_SERVING", "SERVING", "NOT_SERVING", "SERVING"]);
  });

  it("probes nobody while the service starts, however long a startup check takes", async () => {
    const { health, clock } = testHealth({ deadlineMs: 3000, timeoutMs: 3000, errorCacheMs: 0, cacheMs: 0 });
    let runs = 0;
    health.register("migrations", () => new Promise((resolve) => {
      runs += 1;
      clock.setTimeout(() => resolve(false), 1200);
    }), { probes: ["startup"] });
    health.register("queue", () => true, { intervalMs: 100 });
    const { implementation } = grpcHealth(health);
    const told: number[] = [];
    const write = ({ status }: { status: number }): boolean => told.push(status) > 0;
    const call = Object.assign(new EventEmitter(), { request: { service: "ready" }, cancelled: false, end: () => {}, write });
    vi.useFakeTimers({ toFake: ["performance"] });
    onTestFinished(() => void vi.useRealTimers());
    implementation.Watch(call as unknown as WatchCall);
    for (let step = 0; step < 80; step++) {
      vi.advanceTimersByTime(100);
      await clock.advance(100);
    }
    expect([told, runs]).toEqual([[2], 1]);
    call.emit("close");
  });

  it("notices a failing check that is removed", async () => {
    const { health } = turned();
    health.register("payments", () => false, { intervalMs: 10 });
    await expect.poll(() => health.snapshot("ready").checks["payments"]?.status).toBe("error");
    const { port } = await serverOf(health);
    const { all } = watched(clientOf(port), "ready");
    await become(all, ["NOT_SERVING"]);
    health.unregister("payments");
    await become(all, ["NOT_SERVING", "SERVING"]);
  });

  it("notices a result that is too old", async () => {
    const { health } = turned();
    const { check: queue, runs, settle } = scripted();
    health.register("queue", queue, { intervalMs: 10, staleAfterMs: 200, timeoutMs: 60_000 });
    await expect.poll(() => runs.length).toBe(1);
    settle(true);
    const { port } = await serverOf(health);
    const { all } = watched(clientOf(port), "ready");
    await become(all, ["SERVING"]);
    await become(all, ["SERVING", "NOT_SERVING"]);
  });

  it("tells two hundred watchers over many connections each change once, and forgets those that leave", async () => {
    const { health, says, settled, listeners } = turned();
    await settled();
    const { port } = await serverOf(health);
    const clients = Array.from({ length: 10 }, () => clientOf(port, { "grpc.use_local_subchannel_pool": 1 }));
    const all = clients.flatMap((client) => Array.from({ length: 20 }, () => watched(client, "ready")));
    for (const each of all) await become(each.all, ["SERVING"]);
    expect(listeners()).toBe(4);
    for (const { stream } of all.slice(100)) stream.cancel();
    for (const each of all.slice(100)) await become(each.all, ["SERVING", "CANCELLED"]);
    says(false);
    for (const each of all.slice(0, 100)) await become(each.all, ["SERVING", "NOT_SERVING"]);
    for (const each of all.slice(100)) expect(each.all).toEqual(["SERVING", "CANCELLED"]);
    for (const client of clients) client.close();
    for (const { stream } of all.slice(0, 100)) stream.cancel();
    await expect.poll(listeners).toBe(0);
  });

  it("forgets a client whose deadline passes and one whose connection breaks", async () => {
    const { health, listeners, settled } = turned();
    await settled();
    const { port } = await serverOf(health);
    const { all } = watched(clientOf(port), "ready", { deadline: Date.now() + 300 });
    await become(all, ["SERVING", "DEADLINE_EXCEEDED"]);
    await expect.poll(listeners).toBe(0);
    const session = http2.connect(`http://127.0.0.1:${port}`);
    session.on("error", () => {});
    const headers = { ":method": "POST", ":path": "/grpc.health.v1.Health/Watch", "content-type": "application/grpc", te: "trailers" };
    session.request(headers).end(Buffer.alloc(5)).on("error", () => {});
    await expect.poll(listeners).toBe(4);
    session.destroy();
    await expect.poll(listeners).toBe(0);
  });

  it("tells a client that did not read for a while the latest status, and not all that came between", async () => {
    const { health, says, settled } = turned({}, { intervalMs: 1, staleAfterMs: 60_000 });
    await settled();
    const { port } = await serverOf(health);
    const reader = watched(clientOf(port), "");
    await become(reader.all, ["SERVING"]);
    const way = await proxyTo(port);
    onTestFinished(() => way.close());
    const statuses = narrow(way.port);
    await expect.poll(statuses).toEqual([1]);
    way.darken();
    for (let turn = 0; turn < 61; turn++) {
      says(turn % 2 === 1);
      await expect.poll(() => reader.all.length, { interval: 2 }).toBe(turn + 2);
    }
    expect(statuses()).toEqual([1]);
    await way.heal();
    let told: number[] = [];
    const isStill = (): boolean => {
      const before = told.length;
      told = statuses();
      return told.length === before && before > 2;
    };
    await expect.poll(isStill, { interval: 100 }).toBe(true);
    expect(told.at(-1)).toBe(2);
    expect(told.length).toBeLessThan(30);
    expect(told.some((status, index) => status === told[index - 1])).toBe(false);
    says(true);
    await expect.poll(statuses).toEqual([...told, 1]);
  }, 20_000);

  it("tells a client that did not read the last status before its stream ends", async () => {
    const { health, says, settled } = turned({}, { intervalMs: 1, staleAfterMs: 60_000 });
    await settled();
    const { port } = await serverOf(health);
    const reader = watched(clientOf(port), "");
    const way = await proxyTo(port);
    onTestFinished(() => way.close());
    const statuses = narrow(way.port);
    await expect.poll(statuses).toEqual([1]);
    way.darken();
    for (let turn = 0; turn < 40; turn++) {
      says(turn % 2 === 1);
      await expect.poll(() => reader.all.length, { interval: 2 }).toBe(turn + 2);
    }
    await health.close();
    await expect.poll(() => reader.all.slice(-3)).toEqual(["SERVING", "NOT_SERVING", "OK"]);
    await way.heal();
    await expect.poll(() => statuses().length).toBeGreaterThan(17);
    await expect.poll(() => statuses().at(-1)).toBe(2);
  }, 20_000);

  it("listens to nobody until somebody watches, whatever is checked", async () => {
    const { health, listeners } = turned();
    const { port } = await serverOf(health);
    const client = clientOf(port);
    await check(client, "");
    await listed(client);
    expect(listeners()).toBe(0);
  });

  it("ends a stream beyond the most with RESOURCE_EXHAUSTED, until another leaves", async () => {
    const { health, settled } = turned();
    await settled();
    const { port } = await serverOf(health, { maxWatchers: 2 });
    const client = clientOf(port);
    const [first, second] = [watched(client, ""), watched(client, "nobody")];
    await become(first.all, ["SERVING"]);
    await become(second.all, ["SERVICE_UNKNOWN"]);
    await become(watched(client, "").all, ["RESOURCE_EXHAUSTED"]);
    second.stream.cancel();
    await expect.poll(() => new Promise((resolve) => client.Watch({ service: "" }).on("error", () => resolve("")).on("data", ({ status }) => resolve(status)))).toBe("SERVING");
  });
});

describe("grpcHealth's wire", () => {
  it("skips fields of every kind that it does not know, and takes the last service", async () => {
    const { health } = testHealth();
    health.register("database", () => false);
    const { port } = await serverOf(health);
    const unknown = [0x10, 0xac, 0x02, 0x1a, 2, 1, 2, 0x21, 1, 2, 3, 4, 5, 6, 7, 8, 0x2d, 1, 2, 3, 4, 0xfa, 0x7f, 1, 9, 0x08, 1];
    const service = (name: string): number[] => [0x0a, name.length, ...Buffer.from(name)];
    expect(await raw(port, [...service("live"), ...unknown, ...service("ready"), ...unknown])).toBe("NOT_SERVING");
    expect(await raw(port, [])).toBe("NOT_SERVING");
    expect(await raw(port, service("live"))).toBe("SERVING");
    expect(await raw(port, [0x0a, 2, 0xff, 0xfe])).toBe("NOT_FOUND");
  });

  it.each([
    ["a tag without its value", [0x0a]],
    ["a length beyond the message", [0x0a, 5, 0x61]],
    ["a huge length", [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
    ["a varint that does not end", Array.from({ length: 12 }, () => 0xff)],
    ["a group", [0x0b, 0x0c]],
    ["a wire type that there is not", [0x0f, 0]],
    ["a fixed number cut short", [0x09, 1, 2]],
  ])("refuses %s with INTERNAL", async (_what, bytes) => {
    const { port } = await serverOf(testHealth().health);
    expect(await raw(port, bytes)).toBe("INTERNAL");
  });

  it("makes a client of its own definition as well", async () => {
    const { health } = testHealth();
    health.register("database", () => false);
    const { port } = await serverOf(health);
    const Own = grpc.makeGenericClientConstructor(grpcHealth(health).service, "Health");
    const client = new Own(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    onTestFinished(() => client.close());
    const ask = (method: string, request: object) =>
      new Promise((resolve, reject) => client[method]?.(request, (error: unknown, value: unknown) => (error ? reject(error as Error) : resolve(value))));
    expect(await ask("Check", { service: "" })).toEqual({ status: 2 });
    expect(await ask("Check", { service: "live" })).toEqual({ status: 1 });
    const statuses = { "": { status: 2 }, live: { status: 1 }, ready: { status: 2 }, startup: { status: 1 } };
    expect(await ask("List", {})).toEqual({ statuses });
  });
});

/** What a Check of these bytes, whatever they are, is answered. */
const raw = (port: number, bytes: readonly number[]): Promise<string> => {
  const client = clientOf(port);
  const read = (answer: Buffer): string => ["UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"][answer[1] ?? 0] ?? "";
  return new Promise((resolve) =>
    client.makeUnaryRequest("/grpc.health.v1.Health/Check", (given: Buffer) => given, read, Buffer.from(bytes), (error, value) =>
      resolve(error ? (grpc.status[error.code] ?? "") : (value ?? "")),
    ),
  );
};

describe("grpcHealth's options", () => {
  const fault = (options: unknown, health: unknown = testHealth().health): string => {
    try {
      grpcHealth(health as Health, options as GrpcHealthOptions);
    } catch (error) {
      return isHealthError(error) ? `${error.code}: ${error.message}` : String(error);
    }
    return "nothing was thrown";
  };

  it.each([
    [{ services: null }, "services must be an object of names and probes; got null"],
    [{ services: "orders" }, "services must be an object of names and probes; got orders"],
    [{ services: { orders: "readiness" } }, 'services["orders"] must be "live", "ready" or "startup"; got readiness'],
    [{ services: { live: "ready" } }, 'services.live must be "live", the probe of that name; got ready'],
    [{ services: Object.fromEntries(Array.from({ length: 97 }, (_, index) => [`a${index}`, "ready"])) }, "services must be at most 100 names, with those that are always there; got 101"],
    [{ maxWatchers: 0 }, "maxWatchers must be a whole number from 1; got 0"],
    [{ maxWatchers: "5" }, "maxWatchers must be a whole number from 1; got 5"],
    [7, "grpcHealth's options must be an object; got 7"],
  ])("throw for %j", (options, message) => {
    expect(fault(options)).toBe(`invalid-option: ${message}`);
  });

  it("throw for a slip and for what is no health, and take undefined for the default", () => {
    expect(fault({ service: {} })).toBe('unknown-option: grpcHealth has no option "service"; it has services, maxWatchers');
    expect(fault(undefined, {})).toMatch(/^invalid-health: /);
    expect(fault({ services: undefined, maxWatchers: undefined })).toBe("nothing was thrown");
    expect(fault({ services: { live: "live", "": "startup" } })).toBe("nothing was thrown");
  });
});
