import { promises } from "node:dns";
import { isIPv4, isIPv6 } from "node:net";
import { HealthError, type Check, type CheckContext, type CheckOutcome } from "probekit";
import { kindOfDns } from "./network/dns-failure.js";
import { expectedRecord, recordsOf, recordTypes, type DnsRecordType } from "./network/dns-records.js";
import { described } from "./shared/duck.js";
import { failureOf } from "./shared/failure.js";
import { hostNameOf } from "./network/host.js";
import { optionsOf, wordOption } from "./shared/options.js";
import { underSignal } from "./shared/under-signal.js";

export type { DnsRecordType } from "./network/dns-records.js";

/** Options of {@link dnsCheck}; `undefined` always means the default. */
export interface DnsCheckOptions {
  /** The type of record that is asked for. @default "A" */
  readonly type?: DnsRecordType | undefined;
  /**
   * A record that the answer must hold, or several that it must all hold: `"10 mail.example.org"` of MX,
   * `"10 60 5060 sip.example.org"` of SRV, of TXT its text without quotes. @default none: any record will do
   */
  readonly expected?: string | readonly string[] | undefined;
  /**
   * The name servers, by IP address, each with a port if it is not 53 (`"10.0.0.2:5353"`, `"[::1]:53"`): the first, and
   * the next only where nothing listens. Any answer is final, SERVFAIL as well, and one that is silent is waited for. @default those of the system, `/etc/resolv.conf`
   */
  readonly servers?: readonly string[] | undefined;
}

/**
 * Asks the name servers for a name, once, as `dig` does. Connections are looked up with `dns.lookup` instead, which also
 * reads /etc/hosts and appends search domains: so give the name in full, in Kubernetes up to `svc.cluster.local`.
 *
 * `data` holds the records. A server that does not answer is waited for until the run's own timeout, of which c-ares has
 * no more than 5 s; the question is then taken back.
 * @param hostname the name in full; of an IPv4 address's PTR `4.3.2.1.in-addr.arpa`
 * @throws HealthError `invalid-option` or `unknown-option`
 * @example health.register("dns", dnsCheck("payments.default.svc.cluster.local"), { critical: false });
 * @example health.register("mx", dnsCheck("example.org", { type: "MX", expected: "10 mail.example.org" }), { probes: [] });
 */
export const dnsCheck = (hostname: string, options?: DnsCheckOptions): Check => {
  const name = hostNameOf("dnsCheck", hostname);
  const { type: given, expected, servers } = optionsOf("dnsCheck", options, ["type", "expected", "servers"]);
  const type = wordOption("type", given, recordTypes, "A");
  const question = { name, type, expected: expectedOf(type, expected), servers: serversOf(servers) };
  return (context) => ask(question, context);
};

interface Question {
  readonly name: string;
  readonly type: DnsRecordType;
  readonly expected: readonly string[];
  readonly servers: readonly string[] | undefined;
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === "string" && each.trim() !== "");

const expectedOf = (type: DnsRecordType, value: unknown): readonly string[] => {
  if (value === undefined) return [];
  const values = typeof value === "string" ? [value] : value;
  if (isTexts(values)) return values.map((each) => expectedRecord(type, each));
  throw new HealthError("invalid-option", `expected must be a record, or a list of one or more; got ${what(value)}`);
};

const what = (value: unknown): string => {
  if (value === "") return "an empty string";
  return Array.isArray(value) ? "a list that is empty or holds something else" : described(value);
};

const serversOf = (value: unknown): readonly string[] | undefined => {
  if (value === undefined) return undefined;
  if (isTexts(value) && value.every(isServer)) return [...value];
  const got = isTexts(value) ? "a name or a malformed address" : what(value);
  throw new HealthError("invalid-option", `servers must be a list of IP addresses, each with a port or without; got ${got}`);
};

// setServers takes a port of any size.
const isServer = (value: string): boolean => {
  if (value.includes("%")) return false; // A zone, which is dropped without a word.
  const [, v6, v4, port = "53"] = /^(?:\[(.+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(value) ?? [];
  const isAddress = isIPv6(v6 ?? value) || isIPv4(v4 ?? "");
  return isAddress && Number(port) >= 1 && Number(port) <= 65_535;
};

// A resolver that is kept learns how fast its servers are, and gives a slow answer up after five times that.
const resolverOf = (servers: readonly string[] | undefined): promises.Resolver => {
  const resolver = new promises.Resolver({ timeout: 2_147_483_647, tries: 1 });
  if (servers !== undefined) resolver.setServers(servers);
  return resolver;
};

const ask = async ({ name, type, expected, servers }: Question, { signal }: CheckContext): Promise<CheckOutcome> => {
  signal.throwIfAborted();
  const resolver = resolverOf(servers);
  try {
    return verdict(recordsOf(type, await underSignal(signal, resolver.resolve(name, type))), expected);
  } catch (error) {
    throw failureOf(error, kindOfDns);
  } finally {
    resolver.cancel();
  }
};

const verdict = (records: readonly string[], expected: readonly string[]): CheckOutcome => {
  // A CNAME whose target has none of the type is an answer without an error's code.
  if (records.length === 0) return { status: "error", message: "DNS: the name has no record of that type", data: { records } };
  const missing = expected.filter((record) => !records.includes(record)).length;
  if (missing === 0) return { status: "ok", data: { records } };
  return { status: "error", message: `DNS: ${missing} of ${expected.length} expected records are not in the answer`, data: { records } };
};
