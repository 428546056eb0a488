import { getServers } from "node:dns";
import { readdirSync, readlinkSync } from "node:fs";
import { dnsCheck, type DnsCheckOptions } from "probekit/checks/dns";
import { runCheck } from "probekit/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dnsServer, freeUdpPort } from "../support/real/dns.js";
import type { RealServer } from "../support/real/served.js";
import { thrown } from "./support/thrown.js";

let server: RealServer;

beforeAll(async () => {
  server = await dnsServer({
    "orders.test": {
      A: ["10.0.0.1", "10.0.0.2"],
      AAAA: ["2001:db8::1"],
      MX: ["10 mail.test", "20 Backup.test"],
      TXT: ["v=spf1 |-all"],
      SRV: ["10 60 5060 sip.test"],
      NS: ["ns.test"],
    },
    "dangling.test": { CNAME: ["gone.test"] },
    "www.orders.test": { CNAME: ["orders.test"] },
    "1.0.0.10.in-addr.arpa": { PTR: ["orders.test"] },
    "failing.test": "SERVFAIL",
    "refused.test": "REFUSED",
    "odd.test": "NOTIMP",
    "malformed.test": "FORMERR",
    "silent.test": "SILENT",
  });
}, 30_000);

afterAll(() => server.remove());

const asked = (name: string, options: DnsCheckOptions = {}, timeoutMs = 3000) =>
  runCheck(dnsCheck(name, { servers: [`127.0.0.1:${server.port}`], ...options }), { timeoutMs });

/** What a descriptor stands for: `socket:[1234]`; nothing where it is closed by now. */
const linkOf = (descriptor: string): string => {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`);
  } catch {
    return "";
  }
};

describe("dnsCheck", () => {
  it("tells the records of each type as a zone's file writes them", async () => {
    const records = async (type: DnsCheckOptions["type"], name = "orders.test") => {
      const { status, data } = await asked(name, { type });
      expect(status).toBe("ok");
      return [...(data as { records: string[] }).records].sort();
    };
    expect(await records(undefined)).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(await records("A")).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(await records("AAAA")).toEqual(["2001:db8::1"]);
    expect(await records("MX")).toEqual(["10 mail.test", "20 backup.test"]);
    expect(await records("TXT")).toEqual(["v=spf1 -all"]);
    expect(await records("SRV")).toEqual(["10 60 5060 sip.test"]);
    expect(await records("NS")).toEqual(["ns.test"]);
    expect(await records("CNAME", "www.orders.test")).toEqual(["orders.test"]);
    expect(await records("PTR", "1.0.0.10.in-addr.arpa")).toEqual(["orders.test"]);
  });

  it("asks for a name that ends in a dot", async () => {
    expect(await asked("orders.test.")).toMatchObject({ status: "ok" });
  });

  it("requires each expected record among the answers, whatever its case and last dot", async () => {
    expect(await asked("orders.test", { expected: "10.0.0.2" })).toMatchObject({ status: "ok" });
    expect(await asked("orders.test", { expected: ["10.0.0.2", "10.0.0.1"] })).toMatchObject({ status: "ok" });
    expect(await asked("orders.test", { type: "AAAA", expected: "2001:DB8:0:0:0:0:0:1" })).toMatchObject({ status: "ok" });
    expect(await asked("orders.test", { type: "MX", expected: "20 BACKUP.test." })).toMatchObject({ status: "ok" });
    expect(await asked("orders.test", { type: "TXT", expected: "v=spf1 -all" })).toMatchObject({ status: "ok" });
    expect(await asked("orders.test", { expected: ["10.0.0.1", "10.0.0.3", "10.0.0.4"] })).toMatchObject({
      status: "error",
      reason: "failed",
      message: "DNS: 2 of 3 expected records are not in the answer",
    });
    expect(await asked("orders.test", { type: "TXT", expected: "V=SPF1 -all" })).toMatchObject({ status: "error" });
  });

  it("is an error where an alias leads to no record of that type", async () => {
    expect(await asked("dangling.test")).toMatchObject({ status: "error", message: "DNS: the name has no record of that type" });
  });

  it("names the kind of failure, and no host", async () => {
    const message = async (name: string, options?: DnsCheckOptions) => {
      const said = await asked(name, options);
      expect(said).toMatchObject({ status: "error", reason: "failed" });
      return said.message;
    };
    expect(await message("nobody.test")).toBe("DNS: the host name was not found (ENOTFOUND)");
    expect(await message("orders.test", { type: "CNAME" })).toBe("DNS: the name has no record of that type (ENODATA)");
    expect(await message("failing.test")).toBe("DNS: the server failed (ESERVFAIL)");
    expect(await message("refused.test")).toBe("DNS: the server refused the question (EREFUSED)");
    expect(await message("odd.test")).toBe("DNS: the server can't answer such a question (ENOTIMP)");
    expect(await message("malformed.test")).toBe("DNS: the server did not understand the question (EFORMERR)");
    expect(await message("orders.test", { servers: [`127.0.0.1:${await freeUdpPort()}`] })).toBe("connection refused (ECONNREFUSED)");
  });

  it("times out where the server is silent, and not before", async () => {
    const said = await asked("silent.test", {}, 300);
    expect(said).toMatchObject({ status: "error", reason: "timeout" });
    expect(said.latencyMs).toBeGreaterThanOrEqual(299);
  });

  it("takes its question back when the run times out", async () => {
    const sockets = () => readdirSync("/proc/self/fd").filter((name) => linkOf(name).startsWith("socket:")).length;
    const before = sockets();
    for (let turn = 0; turn < 5; turn++) expect(await asked("silent.test", {}, 20)).toMatchObject({ reason: "timeout" });
    await expect.poll(sockets, { timeout: 2000 }).toBeLessThanOrEqual(before);
  });

  it("asks the next server where the first refuses", async () => {
    const servers = [`127.0.0.1:${await freeUdpPort()}`, `127.0.0.1:${server.port}`];
    expect(await asked("orders.test", { servers })).toMatchObject({ status: "ok" });
  });

  it("asks DNS and not the files of this machine", async () => {
    const notFound = { status: "error", message: "DNS: the host name was not found (ENOTFOUND)" };
    expect(await asked("localhost.localdomain")).toMatchObject(notFound);
  });

  it("leaves the servers of the process as they are", async () => {
    const before = getServers();
    await asked("orders.test");
    expect(getServers()).toEqual(before);
  });

  it("refuses what is no host name", () => {
    const refused = (name: unknown) => thrown(() => dnsCheck(name as string));
    const because = (got: string) => ({ code: "invalid-option", message: `dnsCheck takes a host name; got ${got}` });
    expect(refused(undefined)).toEqual(because("undefined"));
    expect(refused("")).toEqual(because("an empty string"));
    expect(refused("127.0.0.1")).toEqual(because("an IP address"));
    expect(refused("::1")).toEqual(because("an IP address"));
    expect(refused("https://user:secret@orders.test/")).toEqual(because("a URL"));
    expect(refused("orders.test:53")).toEqual(because("something else"));
    expect(refused("a b")).toEqual(because("something else"));
    expect(refused(`${"a".repeat(64)}.test`)).toEqual(because("something else"));
    expect(refused(7)).toEqual(because("a number"));
  });

  it("refuses options that it can't use", () => {
    const refused = (options: unknown) => thrown(() => dnsCheck("orders.test", options as DnsCheckOptions));
    expect(refused({ type: "ANY" })).toEqual({
      code: "invalid-option",
      message: 'type must be "A" or "AAAA" or "CNAME" or "MX" or "NS" or "PTR" or "SRV" or "TXT"; got "ANY"',
    });
    const servers = "servers must be a list of IP addresses, each with a port or without; got ";
    expect(refused({ servers: [] }).message).toBe(`${servers}a list that is empty or holds something else`);
    expect(refused({ servers: "127.0.0.1" }).message).toBe(`${servers}a string`);
    expect(refused({ servers: ["ns.test"] }).message).toBe(`${servers}a name or a malformed address`);
    expect(refused({ servers: ["127.0.0.1:99999"] }).message).toBe(`${servers}a name or a malformed address`);
    const expected = "expected must be a record, or a list of one or more; got ";
    expect(refused({ expected: "" }).message).toBe(`${expected}an empty string`);
    expect(refused({ expected: [] }).message).toBe(`${expected}a list that is empty or holds something else`);
    expect(refused({ expected: /10/ }).message).toBe(`${expected}an object made by RegExp`);
    expect(refused({ retries: 3 })).toEqual({
      code: "unknown-option",
      message: 'dnsCheck has no option "retries"; it has type, expected, servers',
    });
    expect(dnsCheck("orders.test", { servers: ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]:5353", "[::1]"] })).toBeTypeOf("function");
    expect(dnsCheck("_sip._tcp.bücher.test", { type: undefined, expected: undefined, servers: undefined })).toBeTypeOf("function");
  });
});
