import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer as createPlain } from "node:net";
import { join } from "node:path";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import { tlsCheck, type TlsCheckOptions } from "probekit/checks/tls";
import { runCheck, type CheckRun } from "probekit/testing";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { missingOpenssl, rootAuthority, type Authority, type Issued } from "../support/real/certificates.js";
import { describeReal, folder, remove } from "../support/real/served.js";
import { temporaryServers } from "./support/listening.js";
import { thrown } from "./support/thrown.js";

// Making certificates takes a while on a busy machine.
vi.setConfig({ testTimeout: 30_000 });

const listen = temporaryServers();
const dayMs = 86_400_000;

const expectRefused = (wrong: readonly [TlsCheckOptions, string][]): void => {
  for (const [options, message] of wrong) {
    expect(thrown(() => tlsCheck("localhost", 443, options))).toEqual({ code: "invalid-option", message });
  }
};

describeReal("tlsCheck", missingOpenssl, () => {
  let data: string;
  let root: Authority;

  beforeAll(async () => {
    data = await folder();
    root = rootAuthority(data);
  }, 60_000);

  afterAll(() => remove(data));

  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  const serve = (issued: Issued, options: TlsOptions = {}) => createServer({ cert: issued.cert, key: issued.key, ...options });

  const said = async (issued: Issued, options: TlsCheckOptions = {}, host = "127.0.0.1"): Promise<CheckRun> =>
    runCheck(tlsCheck(host, await listen(serve(issued)), { ca: root.cert, ...options }), { timeoutMs: 10_000 });

  describe("by the days that are left", () => {
    it("is ok with more than 21, and says how many and until when", async () => {
      const { status, data: told } = await said(root.issue("long", { toDays: 90 }));
      expect([status, told]).toEqual(["ok", { daysLeft: 90, validTo: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/) }]);
    });

    it("warns with 21, and is an error with 3", async () => {
      const leaf = root.issue("edge", { toDays: 90 });
      const { data: told } = await said(leaf);
      const end = Date.parse((told as { validTo: string }).validTo);
      const at = async (leftMs: number, options?: TlsCheckOptions) => {
        vi.spyOn(Date, "now").mockReturnValue(end - leftMs);
        const { status, message } = await said(leaf, options);
        return [status, message];
      };
      expect(await at(21 * dayMs + 1)).toEqual(["ok", undefined]);
      expect(await at(21 * dayMs)).toEqual(["warn", "the certificate expires in 21 days"]);
      expect(await at(3 * dayMs + 1)).toEqual(["warn", "the certificate expires in 3.1 days"]);
      expect(await at(3 * dayMs)).toEqual(["error", "the certificate expires in 3 days"]);
      expect(await at(0)).toEqual(["error", "the certificate has expired"]);
      expect(await at(40 * dayMs, { warnAtDays: 45 })).toEqual(["warn", "the certificate expires in 40 days"]);
      expect(await at(40 * dayMs, { errorAtDays: 40 })).toEqual(["error", "the certificate expires in 40 days"]);
      expect(await at(2 * dayMs, { warnAtDays: 1 })).toEqual(["ok", undefined]);
      expect(await at(dayMs, { warnAtDays: 0 })).toEqual(["ok", undefined]);
    });

    it("compares parts of a day exactly", async () => {
      const leaf = root.issue("hours", { toDays: 90 });
      const end = Date.parse(((await said(leaf)).data as { validTo: string }).validTo);
      vi.spyOn(Date, "now").mockReturnValue(end - 0.03 * dayMs);
      const hours = { warnAtDays: 0.05, errorAtDays: 0.04 };
      expect(await said(leaf, hours)).toMatchObject({ status: "error", data: { daysLeft: 0.1 } });
      expect(await said(leaf, { ...hours, errorAtDays: 0.02 })).toMatchObject({ status: "warn" });
      expect(await said(leaf, { warnAtDays: 0.02, errorAtDays: 0.01 })).toMatchObject({ status: "ok" });
    });

    it("counts those of the certificate between that ends first, not those of the root", async () => {
      const between = root.delegate("between", { toDays: 10 });
      expect(await said(between.issue("below", { toDays: 90 }))).toMatchObject({
        status: "warn",
        message: "a certificate above the server's expires in 10 days",
        data: { daysLeft: 10 },
      });
      const brief = rootAuthority(mkdtempSync(join(data, "brief-")), 10);
      expect(await said(brief.issue("leaf"), { ca: brief.cert })).toMatchObject({ status: "ok", data: { daysLeft: 90 } });
      expect(await said(brief, { ca: brief.cert, servername: "root" })).toMatchObject({ status: "warn", data: { daysLeft: 10 } });
    });

    it("leaves one between that has expired out where the client has another way round it", async () => {
      const good = root.delegate("crossed", { toDays: 90 });
      const old = root.delegate("crossed-old", { fromDays: -20, toDays: -5, twinOf: "crossed" });
      const leaf = old.issue("crossing");
      expect(await said(leaf)).toMatchObject(expired);
      expect(await said(leaf, { ca: [root.cert, good.cert] })).toMatchObject({ status: "ok", data: { daysLeft: 90 } });
    });
  });

  const failed = (message: string) => ({ status: "error", reason: "failed", message: `TLS failed: ${message}` });
  const expired = failed("a certificate of the chain has expired (CERT_HAS_EXPIRED)");

  describe("of a server that can't be verified", () => {
    it("names what is wrong with the certificate", async () => {
      expect(await said(root.issue("over", { fromDays: -9, toDays: -1 }))).toMatchObject(expired);
      const early = failed("a certificate of the chain is not valid yet (CERT_NOT_YET_VALID)");
      expect(await said(root.issue("early", { fromDays: 1 }))).toMatchObject(early);
      const other = root.issue("other", { names: "DNS:other.example" });
      const mismatch = failed("the certificate is for another name (ERR_TLS_CERT_ALTNAME_INVALID)");
      expect(await said(other)).toMatchObject(mismatch);
      expect(await said(other, {}, "localhost")).toMatchObject(mismatch);
      expect(await said(other, { servername: "other.example" })).toMatchObject({ status: "ok" });
      const selfSigned = failed("the chain is untrusted (DEPTH_ZERO_SELF_SIGNED_CERT)");
      expect(await said(root, { ca: undefined, servername: "root" })).toMatchObject(selfSigned);
      expect((await said(other, { ca: undefined })).message).toMatch(/^TLS failed: the chain is untrusted \([A-Z_]+\)$/);
    });

    it("is an error whatever the environment says", async () => {
      vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
      expect(await said(root.issue("env"), { ca: undefined })).toMatchObject({ status: "error" });
    });

    it("names what is wrong with the connection", async () => {
      const asked = async (onConnection: Parameters<typeof createPlain>[1]) =>
        (await runCheck(tlsCheck("127.0.0.1", await listen(createPlain(onConnection!))), { timeoutMs: 10_000 })).message;
      expect(await asked((socket) => socket.end("220 mail ESMTP\r\n"))).toMatch(/^TLS failed \((?:ERR_SSL_WRONG_VERSION_NUMBER|EPROTO)\)$/);
      expect(await asked((socket) => socket.destroy())).toBe("connection lost (ECONNRESET)");
    });
  });

  describe("offers", () => {
    const names = async (host: string, options: TlsCheckOptions = {}) => {
      const server = serve(root.issue("named", { names: "DNS:localhost,DNS:other.example,IP:127.0.0.1" }));
      const seen = once(server, "secureConnection") as Promise<[TLSSocket & { readonly servername: unknown }]>;
      const check = tlsCheck(host, await listen(server), { ca: root.cert, ...options });
      expect(await runCheck(check, { timeoutMs: 10_000 })).toMatchObject({ status: "ok" });
      return (await seen)[0].servername;
    };

    it("the host's name or another, and none for an IP address", async () => {
      expect(await names("localhost")).toBe("localhost");
      expect(await names("127.0.0.1")).toBe(false);
      expect(await names("127.0.0.1", { servername: "other.example" })).toBe("other.example");
    });

    it("a name without its last dot, in ASCII", async () => {
      expect(await names("127.0.0.1", { servername: "other.example." })).toBe("other.example");
      const server = serve(root.issue("german", { names: "DNS:xn--bcher-kva.test" }));
      const check = tlsCheck("127.0.0.1", await listen(server), { ca: root.cert, servername: "bücher.test" });
      expect(await runCheck(check, { timeoutMs: 10_000 })).toMatchObject({ status: "ok" });
    });

    it("protocols, of which the server must choose one", async () => {
      const leaf = root.issue("alpn");
      const with2 = await listen(serve(leaf, { ALPNProtocols: ["h2"] }));
      const asked = (port: number, alpnProtocols: string[]) =>
        runCheck(tlsCheck("localhost", port, { ca: root.cert, alpnProtocols }), { timeoutMs: 10_000 });
      expect(await asked(with2, ["http/1.1", "h2"])).toMatchObject({ status: "ok" });
      expect((await asked(with2, ["http/1.1"])).message).toMatch(/^TLS failed \(ERR_SSL_.*NO_APPLICATION_PROTOCOL\)$/);
      expect(await asked(await listen(serve(leaf)), ["h2"])).toMatchObject(failed("the server chose none of alpnProtocols"));
    });

    it("no version below the oldest that will do", async () => {
      const port = await listen(serve(root.issue("old"), { maxVersion: "TLSv1.2" }));
      const asked = (minVersion: "TLSv1.2" | "TLSv1.3") =>
        runCheck(tlsCheck("localhost", port, { ca: root.cert, minVersion }), { timeoutMs: 10_000 });
      expect(await asked("TLSv1.2")).toMatchObject({ status: "ok" });
      expect((await asked("TLSv1.3")).message).toMatch(/^TLS failed \(ERR_SSL_/);
    });

    it("the client's certificate to a server that asks for one", async () => {
      const { cert, key } = root.issue("client");
      const port = await listen(serve(root.issue("asking"), { ca: root.cert, requestCert: true, maxVersion: "TLSv1.2" }));
      const asked = (options: TlsCheckOptions) => runCheck(tlsCheck("localhost", port, { ca: root.cert, ...options }), { timeoutMs: 10_000 });
      expect(await asked({ cert, key: Buffer.from(key) })).toMatchObject({ status: "ok" });
      expect((await asked({})).message).toMatch(/^TLS failed|^connection lost/);
    });
  });

  it("ends its connection as TLS wants it, and each run's handshake is a full one", async () => {
    const server = serve(root.issue("polite"));
    const errors: unknown[] = [];
    const reused: boolean[] = [];
    const ended: Promise<unknown>[] = [];
    server.on("tlsClientError", (error) => errors.push(error)).on("secureConnection", (socket) => {
      reused.push(socket.isSessionReused());
      ended.push(once(socket.on("error", (error) => errors.push(error)).resume(), "end"));
    });
    const check = tlsCheck("localhost", await listen(server), { ca: root.cert });
    for (let turn = 0; turn < 5; turn++) expect(await runCheck(check, { timeoutMs: 10_000 })).toMatchObject({ status: "ok" });
    await expect.poll(() => ended.length).toBe(5);
    await Promise.all(ended);
    expect([errors, reused]).toEqual([[], [false, false, false, false, false]]);
  });

  it("cuts a handshake that hangs when its time is up", async () => {
    const server = createPlain((socket) => socket.resume());
    const gone = new Promise((resolve) => server.on("connection", (socket) => socket.on("close", resolve).on("error", () => {})));
    const check = tlsCheck("127.0.0.1", await listen(server));
    expect(await runCheck(check, { timeoutMs: 50 })).toMatchObject({ status: "error", reason: "timeout" });
    await gone;
  });

  it("refuses keys and authorities that are none", () => {
    const { cert, key } = root.issue("first");
    const pair = "cert and key must be a certificate and its private key; got what OpenSSL refuses";
    const wrong: [TlsCheckOptions, string][] = [
      [{ ca: "secret" }, "ca must be certificates as PEM; got something that holds none"],
      [{ ca: [] }, "ca must be certificates as PEM; got an empty list"],
      [{ ca: new X509Certificate(root.cert).raw }, "ca must be certificates as PEM; got something that holds none"],
      [{ ca: [root.cert, 5 as never] }, "ca must be PEM, a string or a Buffer; got a number"],
      [{ cert }, "cert and key must be given together; got one without the other"],
      [{ cert, key: root.issue("second").key }, `${pair} (ERR_OSSL_X509_KEY_VALUES_MISMATCH)`],
      [{ cert: "secret", key }, `${pair} (ERR_OSSL_PEM_NO_START_LINE)`],
    ];
    expectRefused(wrong);
  });
});

it("refuses what it does not know", () => {
  const wrong: [TlsCheckOptions, string][] = [
    [{ warnAtDays: -1 }, "warnAtDays must be a number of days from 0; got -1"],
    [{ warnAtDays: 2, errorAtDays: 3 }, "errorAtDays must be at most warnAtDays; got 3 and 2"],
    [{ servername: "127.0.0.1" }, "tlsCheck's servername takes a host name; got an IP address"],
    [{ minVersion: "TLSv1" as never }, 'minVersion must be "TLSv1.2" or "TLSv1.3"; got "TLSv1"'],
    [{ alpnProtocols: "h2" as never }, "alpnProtocols must be an array of names; got a string"],
    [{ alpnProtocols: [] }, "alpnProtocols must be an array of names; got one that is empty or holds something else"],
  ];
  expectRefused(wrong);
  expect(thrown(() => tlsCheck("localhost", { ca: "" } as never)).message).toBe("tlsCheck takes a port, a whole number from 1 to 65535; got an object");
  expect(thrown(() => tlsCheck("https://u:secret@host")).message).toContain("got a URL");
  expect(thrown(() => tlsCheck("localhost", 443, { rejectUnauthorized: false } as never)).code).toBe("unknown-option");
});
