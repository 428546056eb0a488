import { HealthError, type CheckVerdict } from "probekit";
import { member, numberOf } from "../shared/duck.js";
import { percent, verdictOn, type Level, type Measured } from "../shared/levels.js";
import type { NatsConnection, NatsMessage } from "./nats-connection.js";
import { textOption } from "../shared/options.js";

/** Which JetStream is asked. */
interface Place {
  readonly domain?: string | undefined;
  readonly apiPrefix?: string | undefined;
}

/** The subject of JetStream's account information. @throws HealthError `invalid-option` for a subject that can't be */
export const infoSubject = ({ domain, apiPrefix }: Place): string => {
  if (domain !== undefined && apiPrefix !== undefined) {
    throw new HealthError("invalid-option", "domain and apiPrefix must not be given together; got both");
  }
  const prefix = domain === undefined ? word("apiPrefix", apiPrefix, "$JS.API") : `$JS.${word("domain", domain, "")}.API`;
  return `${prefix.replace(/\.$/, "")}.INFO`;
};

const word = (option: string, value: unknown, fallback: string): string => {
  const text = textOption(option, value, fallback);
  if (!/[\s*>]/.test(text)) return text;
  const got = JSON.stringify(text.slice(0, 80));
  throw new HealthError("invalid-option", `${option} must be part of a subject, without blanks and wildcards; got ${got}`);
};

/** What JetStream uses, and the limits of the account, -1 where there is none. */
type Usage = Readonly<Record<"memory" | "storage" | "streams" | "consumers", number>>;

const figures = ["memory", "storage", "streams", "consumers"] as const;

const usageOf = (account: unknown): Usage => {
  const [memory, storage, streams, consumers] = figures.map((figure) => numberOf(member(account, figure)));
  return { memory: memory!, storage: storage!, streams: streams!, consumers: consumers! };
};

/** Asks JetStream for what the account uses. A JetStream that says no is an error, and so is an answer that tells no account. */
export const askJetStream = async (connection: NatsConnection, subject: string, timeoutMs: number): Promise<unknown> => {
  const account = read(await connection.request(subject, "", { timeout: timeoutMs }));
  const error = member(account, "error");
  if (error !== undefined) throw refusal(error);
  // Whoever else answers the subject (a wrong apiPrefix) must not pass for an account that uses nothing.
  const isAccount = [member(account, "memory"), member(account, "storage")].every((figure) => typeof figure === "number");
  if (!isAccount) throw new Error("the answer tells nothing of a JetStream account");
  return account;
};

// What can't be parsed stands in the parser's message, and is a stranger's.
const read = (reply: NatsMessage): unknown => {
  try {
    return reply.json();
  } catch {
    throw new Error("the answer of JetStream's API is not JSON");
  }
};

const refusal = (error: unknown): Error => {
  const code = member(error, "err_code") ?? member(error, "code");
  if (typeof code !== "number") return new Error("JetStream failed", { cause: error });
  return new Error(`${refusals[code] ?? "JetStream failed"} (${code})`, { cause: error });
};

/** https://github.com/nats-io/nats-server/blob/main/server/errors.json */
const refusals: Readonly<Record<number, string>> = {
  10008: "JetStream is unavailable for now",
  10009: "JetStream is unavailable for now: its cluster has no leader",
  10035: "JetStream is not enabled for the account",
  10039: "JetStream is not enabled for the account",
  10076: "JetStream is not enabled",
};

/** The verdict on what an account uses of its limits. An account may have limits for each tier of replicas instead. */
export const jetStreamVerdict = (account: unknown, level: (used: number) => Level): CheckVerdict => {
  const tiers = member(account, "tiers");
  const named = typeof tiers === "object" && tiers !== null ? Object.entries(tiers) : [];
  const measured = [...measure(account, "", level), ...named.flatMap(([tier, usage]) => measure(usage, ` in tier ${tier}`, level))];
  return verdictOn(measured, usageOf(account));
};

const measure = (account: unknown, where: string, level: (used: number) => Level): Measured[] => {
  const usage = usageOf(account);
  return figures.flatMap((figure) => {
    const limit = numberOf(member(member(account, "limits"), `max_${figure}`));
    if (limit <= 0) return [];
    const used = usage[figure] / limit;
    return [{ level: level(used), message: `${percent(used)} of the account's JetStream ${figure}${where} ${isAre(figure)} used` }];
  });
};

const isAre = (figure: string): string => (figure.endsWith("s") ? "are" : "is");
