import type { promises } from "node:dns";
import { isIPv6 } from "node:net";
import { member } from "../shared/duck.js";

/** Types of records that can be asked for. */
export const recordTypes = ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SRV", "TXT"] as const;

/** One of them. */
export type DnsRecordType = (typeof recordTypes)[number];

/** A name or an address as it is compared: names have no case, and their last dot says nothing. */
const plain = (value: unknown): string => {
  const text = String(value).toLowerCase().replace(/\.$/, "");
  return isIPv6(text) && !text.includes("%") ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
};

const field = (record: unknown, ...keys: readonly string[]): string => keys.map((key) => plain(member(record, key))).join(" ");

const chunks = (record: unknown): string => (Array.isArray(record) ? record.join("") : String(record));

const writers: Partial<Record<DnsRecordType, (record: unknown) => string>> = {
  MX: (record) => field(record, "priority", "exchange"),
  SRV: (record) => field(record, "priority", "weight", "port", "name"),
  TXT: chunks,
};

/** A record as a zone's file writes it: `10 mail.example.org` of MX, `10 60 5060 sip.example.org` of SRV. */
const written = (type: DnsRecordType) => writers[type] ?? plain;

/** What an answer holds, one text a record. */
export const recordsOf = (type: DnsRecordType, answer: Awaited<ReturnType<promises.Resolver["resolve"]>>): string[] =>
  Array.isArray(answer) ? answer.map(written(type)) : [];

/** A record that is expected, as those of an answer are written. */
export const expectedRecord = (type: DnsRecordType, value: string): string =>
  type === "TXT" ? value : plain(value.trim().replace(/\s+/g, " "));
