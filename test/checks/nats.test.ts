import { connect as connectCore, type NatsConnection as CoreConnection } from "@nats-io/transport-node";
import { connect as connectNats, type NatsConnection } from "nats";
import { natsCheck } from "probekit/checks/nats";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { settle } from "../support/fake-clock.js";
import { expectNoRejections } from "../support/rejections.js";
import { missingNats, natsPassword, natsServer, natsUser } from "../support/real/nats.js";
import { describeReal, until, type RealServer } from "../support/real/served.js";
import { healthOf, run } from "./support/ask.js";
import { thrown } from "./support/thrown.js";

expectNoRejections();

type Settle = { readonly resolve: (value?: unknown) => void; readonly reject: (error: Error) => void };

/** A connection of either client's shape, whose replies the test gives. */
const fakeConnection = () => {
  const [pings, requests]: [Settle[], (Settle & { subject: string; timeout: number })[]] = [[], []];
  const protocol = { connected: true, transport: {}, lastError: undefined as unknown };
  const connection = {
    protocol,
    rtt: () => new Promise((resolve, reject) => pings.push({ resolve, reject })),
    request: (subject: string, _payload: string, { timeout }: { timeout: number }) =>
      new Promise((resolve, reject) => requests.push({ subject, timeout, resolve, reject })),
    isClosed: () => false,
    isDraining: () => false,
  };
  return { connection, protocol, pings, requests };
};

const context = (signal = new AbortController().signal) => ({ name: "events", signal, timeoutMs: 500 });

const account = (more: object) => ({ json: () => ({ memory: 0, storage: 0, streams: 0, consumers: 0, limits: {}, ...more }) });

describe("what natsCheck is handed", () => {
  const wanted = "natsCheck takes a connection of nats 2 or nats-core 3 (@nats-io/transport-node), or a function that returns the present one; got ";
  const wrong: [string, unknown, string][] = [
    ["undefined", undefined, "undefined"],
    ["a URL", "nats://user:secret@h", "a string"],
    ["a promise of a connection", Promise.resolve(), "a promise; await it first"],
    ["a client of nats 1", { flush: () => {}, publish: () => {}, subscribe: () => {}, on: () => {} }, "a client of nats 1"],
    ["an object", {}, "an object"],
  ];

  it.each(wrong)("is refused: %s", (_name, connection, got) => {
    expect(thrown(() => natsCheck(connection as never))).toEqual({ code: "invalid-client", message: wanted + got });
  });

  const options: [object, string, string][] = [
    [{ warnAt: 0.5 }, "unknown-option", 'natsCheck without jetstream: true has no option "warnAt"; it has jetstream'],
    [{ jetstream: false, domain: "hub" }, "unknown-option", 'natsCheck without jetstream: true has no option "domain"; it has jetstream'],
    [{ jetstream: "yes" }, "invalid-option", "jetstream must be true or false; got a string"],
    [{ jetstream: true, warnAt: 90 }, "invalid-option", "warnAt must be a fraction over 0, at most 1; got 90"],
    [{ jetstream: true, warnAt: 0.9, errorAt: 0.8 }, "invalid-option", "errorAt must be at least warnAt; got 0.8 and 0.9"],
    [{ jetstream: true, domain: "" }, "invalid-option", 'domain must be a string that is not empty; got ""'],
    [{ jetstream: true, domain: "a.*" }, "invalid-option", 'domain must be part of a subject, without blanks and wildcards; got "a.*"'],
    [{ jetstream: true, domain: "hub", apiPrefix: "JS" }, "invalid-option", "domain and apiPrefix must not be given together; got both"],
    [{ jetstream: true, prefix: "JS" }, "unknown-option", 'natsCheck has no option "prefix"; it has jetstream, domain, apiPrefix, warnAt, errorAt'],
  ];

  it.each(options)("options that it can't use are refused: %j", (given, code, message) => {
    expect(thrown(() => natsCheck(fakeConnection().connection, given))).toEqual({ code, message });
  });

  it("a function that returns no connection is an error of that run", async () => {
    const check = natsCheck(() => undefined);
    await expect(check(context())).rejects.toThrow("not connected: the function returned undefined");
  });
});

describe("a question that is not answered", () => {
  it("is asked once, and the next run waits for it", async () => {
    const { connection, pings } = fakeConnection();
    const check = natsCheck(connection);
    for (let turn = 0; turn < 3; turn++) {
      const controller = new AbortController();
      const asked = Promise.resolve(check(context(controller.signal)));
      await settle();
      controller.abort(new Error("overtaken"));
      await expect(asked).rejects.toThrow("overtaken");
    }
    expect(pings.length).toBe(1);
    const last = check(context());
    pings[0]!.resolve();
    expect(await last).toBeUndefined();
  });

  it("is forgotten once the connection has reconnected: a request of before is never answered", async () => {
    const { connection, protocol, requests } = fakeConnection();
    const check = natsCheck(connection, { jetstream: true });
    const first = Promise.resolve(check(context()));
    await settle();
    protocol.connected = false;
    await expect(first).rejects.toThrow("connection lost");
    Object.assign(protocol, { connected: true, transport: {} });
    const second = check(context());
    await settle();
    expect(requests.map(({ timeout }) => timeout)).toEqual([5000, 5000]);
    requests[1]!.resolve(account({}));
    expect(await second).toMatchObject({ status: "ok" });
    requests[0]!.reject(new Error("timeout"));
  });
});

describe("what the clients fail with", () => {
  const errors: [object, string][] = [
    [{ code: "AUTHORIZATION_VIOLATION" }, "authentication failed (AUTHORIZATION_VIOLATION)"],
    [{ name: "AuthorizationError" }, "authentication failed (AuthorizationError)"],
    [{ code: "PERMISSIONS_VIOLATION" }, "not permitted (PERMISSIONS_VIOLATION)"],
    [{ code: "DISCONNECT" }, "connection lost (DISCONNECT)"],
    [{ name: "RequestError", message: "connection disconnected" }, "connection lost"],
    [{ name: "ClosedConnectionError" }, "not connected: the connection is closed (ClosedConnectionError)"],
    [{ message: "'maximum connections exceeded'" }, "the server takes no more connections"],
  ];

  it.each(errors)("%j", async (more, message) => {
    const { connection, pings } = fakeConnection();
    const asked = Promise.resolve(natsCheck(connection)(context()));
    await settle();
    pings[0]!.reject(Object.assign(new Error("failed"), more));
    await expect(asked).rejects.toThrow(message);
  });
});

describe("a request that nats 2 gives up", () => {
  const given: [string, boolean, string][] = [
    ["as it is closed is a lost connection", true, "connection lost"],
    ["while it is connected has timed out", false, "timed out (TIMEOUT)"],
  ];

  it.each(given)("%s", async (_name, isClosed, message) => {
    const { connection, requests } = fakeConnection();
    const asked = Promise.resolve(natsCheck(connection, { jetstream: true })(context()));
    await settle();
    connection.isClosed = () => isClosed;
    requests[0]!.reject(Object.assign(new Error("TIMEOUT"), { code: "TIMEOUT" }));
    await expect(asked).rejects.toThrow(message);
  });
});

describe("what JetStream says", () => {
  const places: [object, string][] = [
    [{}, "$JS.API.INFO"],
    [{ domain: "hub" }, "$JS.hub.API.INFO"],
    [{ apiPrefix: "acme.JS." }, "acme.JS.INFO"],
  ];

  it.each(places)("to the subject of %j", async (place, subject) => {
    const { connection, requests } = fakeConnection();
    const asked = natsCheck(connection, { jetstream: true, ...place })(context());
    await settle();
    expect(requests[0]!.subject).toBe(subject);
    requests[0]!.resolve(account({}));
    await asked;
  });

  const limits = { max_memory: 1000, max_storage: -1, max_streams: 10, max_consumers: 0 };
  const verdicts: [string, object, object, object][] = [
    ["under its limits", {}, { memory: 899, storage: 5000, consumers: 3, limits }, { status: "ok", data: { memory: 899, storage: 5000, streams: 0, consumers: 3 } }],
    ["near one of them", {}, { memory: 950, limits }, { status: "warn", message: "95 % of the account's JetStream memory is used" }],
    ["at one of them", {}, { streams: 10, limits }, { status: "warn", message: "100 % of the account's JetStream streams are used" }],
    ["over errorAt", { errorAt: 0.99 }, { streams: 10, limits }, { status: "error", message: "100 % of the account's JetStream streams are used" }],
    ["near one of a tier", {}, { tiers: { R3: { storage: 9, limits: { max_storage: 10 } } } }, { status: "warn", message: "90 % of the account's JetStream storage in tier R3 is used" }],
  ];

  it.each(verdicts)("of an account %s", async (_name, options, info, verdict) => {
    const { connection, requests } = fakeConnection();
    const asked = natsCheck(connection, { jetstream: true, ...options })(context());
    await settle();
    requests[0]!.resolve(account(info));
    expect(await asked).toMatchObject(verdict);
  });

  const refusals: [object, string][] = [
    [{ code: 503, err_code: 10008, description: "JetStream system temporarily unavailable" }, "JetStream is unavailable for now (10008)"],
    [{ code: 500, err_code: 10999, description: "no" }, "JetStream failed (10999)"],
    [{ code: 500, description: "no" }, "JetStream failed (500)"],
  ];

  it.each(refusals)("instead of an account: %j", async (error, message) => {
    const { connection, requests } = fakeConnection();
    const asked = Promise.resolve(natsCheck(connection, { jetstream: true })(context()));
    await settle();
    requests[0]!.resolve(account({ error }));
    await expect(asked).rejects.toThrow(message);
  });
});

describe("what answers in JetStream's place", () => {
  const strangers: [string, () => unknown, RegExp][] = [
    ["what is no JSON", () => JSON.parse("secret of its own"), /^the answer of JetStream's API is not JSON$/],
    ["an empty object", () => ({}), /^the answer tells nothing of a JetStream account$/],
    ["null", () => null, /^the answer tells nothing of a JetStream account$/],
    ["figures that are none", () => ({ memory: "0", storage: null }), /^the answer tells nothing of a JetStream account$/],
    ["an error that is a text", () => ({ error: "secret" }), /^JetStream failed$/],
    ["an error whose code is none", () => ({ error: { code: "secret" } }), /^JetStream failed$/],
  ];

  it.each(strangers)("%s", async (_name, json, message) => {
    const { connection, requests } = fakeConnection();
    const asked = Promise.resolve(natsCheck(connection, { jetstream: true })(context()));
    await settle();
    requests[0]!.resolve({ json });
    await expect(asked).rejects.toThrow(message);
  });
});

type Connection = NatsConnection | CoreConnection;

const settings = (port: number, more: object) => ({ servers: `127.0.0.1:${port}`, user: natsUser, pass: natsPassword, reconnectTimeWait: 20, reconnectJitter: 0, ...more });

const libraries: readonly (readonly [string, (port: number, more?: object) => Promise<Connection>])[] = [
  ["nats 2", (port, more = {}) => connectNats(settings(port, more))],
  ["nats-core 3", (port, more = {}) => connectCore(settings(port, more))],
];

const accounts = `
jetstream { store_dir: '{data}', max_memory_store: 64MB, max_file_store: 64MB, domain: hub }
accounts {
  LIMITED { jetstream: { max_memory: 10000, max_streams: 1 }, users: [{ user: ${natsUser}, password: ${natsPassword} }] }
  WITHOUT { users: [{ user: without, password: ${natsPassword} }] }
  BARRED { jetstream: true, users: [{ user: barred, password: ${natsPassword}, permissions: { publish: { deny: "$JS.API.>" } } }] }
}
`;

for (const [library, connect] of libraries) {
  describeReal(`natsCheck on a server, ${library}`, missingNats, () => {
    let server: RealServer;

    beforeAll(async () => {
      server = await natsServer({ settings: accounts });
    }, 30_000);

    afterAll(() => server.remove());

    it("is ok on a connection, and by a function", async () => {
      const connection = await connect(server.port);
      expect(await run(healthOf(natsCheck(connection)))).toMatchObject({ status: "ok" });
      expect(await run(healthOf(natsCheck(() => connection)))).toMatchObject({ status: "ok" });
      await connection.close();
    });

    it("says at once that a connection drains or is closed", async () => {
      const connection = await connect(server.port);
      const health = healthOf(natsCheck(connection));
      server.freeze();
      const drained = connection.drain();
      expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the connection is draining" });
      server.thaw();
      await drained;
      expect(await run(health)).toMatchObject({ status: "error", message: "not connected: the connection is closed" });
    });

    it("holds an account's JetStream against its limits, in its domain too", async () => {
      const connection = await connect(server.port);
      const [warning, strict, domain] = [{}, { errorAt: 0.95 }, { domain: "hub" }].map((more) => healthOf(natsCheck(connection, { jetstream: true, ...more })));
      const none = { status: "ok", data: { memory: 0, storage: 0, streams: 0, consumers: 0 } };
      expect(await run(warning!)).toMatchObject(none);
      expect(await run(domain!)).toMatchObject(none);
      await connection.request("$JS.API.STREAM.CREATE.orders", JSON.stringify({ name: "orders", subjects: ["orders"], storage: "memory", max_bytes: 9500 }));
      const message = "100 % of the account's JetStream streams are used";
      expect(await run(warning!)).toMatchObject({ status: "warn", message, data: { streams: 1 } });
      expect(await run(strict!)).toMatchObject({ status: "error", message });
      await connection.request("$JS.API.STREAM.DELETE.orders");
      await connection.close();
    });

    const refused: [string, object, object, RegExp][] = [
      ["an account without JetStream", { user: "without" }, {}, /^JetStream is not enabled for the account \(10039\)$/],
      ["a user that may not ask", { user: "barred" }, {}, /^not permitted \(Perm/i],
      ["a domain that is not there", {}, { domain: "nowhere" }, /^JetStream is not enabled: nobody answers its API/],
    ];

    it.each(refused)("says what is wrong with %s", async (_name, access, options, message) => {
      const connection = await connect(server.port, access);
      const health = healthOf(natsCheck(connection, { jetstream: true, ...options }));
      expect(await run(health)).toMatchObject({ status: "error", reason: "failed", message: expect.stringMatching(message) as string });
      await connection.close();
    });

    it("says that the password is no longer right, by the connection that could not reconnect", async () => {
      const before = await natsServer();
      const connection = await connect(before.port);
      const health = healthOf(natsCheck(connection));
      expect(await run(health)).toMatchObject({ status: "ok" });
      await before.remove();
      const after = await natsServer({ port: before.port, password: "another" });
      await until(() => connection.isClosed());
      const closedBy = /^not connected: the connection is closed; the last failure: authentication failed/;
      expect(await run(health)).toMatchObject({ status: "error", message: expect.stringMatching(closedBy) as string });
      await after.remove();
    }, 30_000);
  });
}
